"""A convolution of few bits over volumes."""

import keras

from tfprune.layers.quantized_convolution import QuantizedConvolution


@keras.saving.register_keras_serializable(package="tfprune")
class QuantConv3D(QuantizedConvolution, keras.layers.Conv3D):
    """A convolution over volumes with quantized inputs and a quantized kernel.

    What padding adds is zero, whether or not the quantizer has that level.

    Args:
        filters: How many filters it has.
        kernel_size: Their size.
        input_quantizer: Quantizer of the inputs: a name, a config or an
            object of `tfprune.quantizers`.
        kernel_quantizer: Quantizer of the kernel.
        gradient_quantizer: Quantizer of the gradient at the products.
        input_scale: Whether the products are multiplied by the mean magnitude
            of the inputs that they are made of.
        learning_rate_multiplier: How much faster the kernel learns than other
            weights, or `"glorot"`; the variable holds the latent kernel divided
            by it.
        **kwargs: What `keras.layers.Conv3D` takes.

    Raises:
        InvalidInputError: When a quantizer or the multiplier is not known, or
            `input_scale` meets several groups.

    Example:

    ```python
    x = QuantConv3D(16, 3, input_quantizer="sign", kernel_quantizer="sign")(x)
    ```
    """
