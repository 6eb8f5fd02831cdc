"""A convolution of few bits over sequences."""

from typing import Any

import keras
from keras import ops

from tfprune.layers.quantized_convolution import QuantizedConvolution

Tensor = Any


@keras.saving.register_keras_serializable(package="tfprune")
class QuantConv1D(QuantizedConvolution, keras.layers.Conv1D):
    """A convolution over sequences with quantized inputs and kernel.

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
        **kwargs: What `keras.layers.Conv1D` takes.

    Raises:
        InvalidInputError: When a quantizer or the multiplier is not known, or
            `input_scale` meets several groups.

    Example:

    ```python
    x = QuantConv1D(64, 3, padding="causal", kernel_quantizer="ternary")(x)
    ```
    """

    # Runtimes have convolutions over images only: kernel and inputs get an
    # axis of one row, before the quantizer, so that its scales lie along the
    # axis that the file has them along.

    def filters_shape(
        self, name: str, shape: tuple[int, ...]
    ) -> tuple[int, ...]:
        return (1, *shape)

    def multiplier(self, name: str = "kernel") -> Tensor:
        return self.entering(self.quantized_filters(name))

    def convolved(self, x: Tensor, kernel: Tensor) -> Tensor:
        x, padding = self.padded(x)
        if len(kernel.shape) == 3:
            kernel = ops.expand_dims(kernel, 0)
        row = 1 if self.data_format == "channels_last" else 2
        y = ops.conv(
            ops.expand_dims(x, row),
            kernel,
            strides=[1, *self.strides],
            padding=padding,
            dilation_rate=(1, *self.dilation_rate),
            data_format=self.data_format,
        )
        return ops.squeeze(y, row)
