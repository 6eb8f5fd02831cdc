"""A recurrent layer of few bits."""

import keras

from tfprune.layers.quantized_recurrent import QuantizedRecurrent


@keras.saving.register_keras_serializable(package="tfprune")
class QuantSimpleRNN(QuantizedRecurrent, keras.layers.SimpleRNN):
    """A fully connected recurrent layer with quantized inputs and kernels.

    The states stay as they are.

    Args:
        units: How many units it has.
        input_quantizer: Quantizer of the sequence: a name, a config or an
            object of `tfprune.quantizers`.
        kernel_quantizer: Quantizer of the kernel, whose filters are the units
            of all gates.
        recurrent_quantizer: Quantizer of the recurrent kernel, of which
            presets say nothing.
        learning_rate_multiplier: How much faster the kernels learn than other
            weights, `"glorot"`, or these by the names of the kernels.
        **kwargs: What `keras.layers.SimpleRNN` takes.

    Raises:
        InvalidInputError: When a quantizer or the multiplier is not known, or
            is one of gradients.

    Example:

    ```python
    x = QuantSimpleRNN(
        64, kernel_quantizer="ternary", recurrent_quantizer="ternary"
    )(x)
    ```

    Source: for recurrent layers of few bits, Hubara et al., "Quantized Neural
    Networks", 2016 (arXiv:1609.07061), section 5.5.
    """
