"""A transposed convolution of few bits."""

from typing import Any

import keras
from keras import ops

from tfprune.errors import InvalidInputError
from tfprune.layers.quantized_layer import QuantizedLayer
from tfprune.quantizers.fake_quant import FakeQuant
from tfprune.quantizers.quantizer import Shape

Tensor = Any


@keras.saving.register_keras_serializable(package="tfprune")
class QuantConv2DTranspose(QuantizedLayer, keras.layers.Conv2DTranspose):
    """A transposed convolution with quantized inputs and kernel.

    Args:
        filters: How many filters it has.
        kernel_size: Their size.
        input_quantizer: Quantizer of the inputs: a name, a config or an
            object of `tfprune.quantizers`.
        kernel_quantizer: Quantizer of the kernel; it gets the filters along
            the last axis.
        gradient_quantizer: Quantizer of the gradient at the products.
        learning_rate_multiplier: How much faster the kernel learns than other
            weights, or `"glorot"`; the variable holds the latent kernel divided
            by it.
        **kwargs: What `keras.layers.Conv2DTranspose` takes.

    Raises:
        InvalidInputError: When a quantizer or the multiplier is not known, or
            each filter is to have a range of its own.

    Example:

    ```python
    x = QuantConv2DTranspose(32, 3, strides=2, kernel_quantizer="ternary")(x)
    ```
    """

    def build(self, input_shape: Shape) -> None:
        """Makes the weights.

        Raises:
            InvalidInputError: When each filter is to have a range of its own.
        """
        found = self.kernel_quantizer
        if isinstance(found, FakeQuant) and found.per_channel:
            raise InvalidInputError(
                f"Layer '{self.name}' has a range for each filter, with which "
                "no converter writes transposed convolutions. Expected "
                "per_channel=False, as in presets.integer(per_channel=False)."
            )
        super().build(input_shape)

    def filters_shape(
        self, name: str, shape: tuple[int, ...]
    ) -> tuple[int, ...]:
        return (*shape[:-2], shape[-1], shape[-2])

    def filters_last(self, name: str, kernel: Tensor) -> Tensor:
        return ops.swapaxes(kernel, -1, -2)

    def filters_back(self, kernel: Tensor, shape: tuple[int, ...]) -> Tensor:
        return ops.swapaxes(kernel, -1, -2)

    def call(self, inputs: Tensor, range_scale: Tensor | None = None) -> Tensor:
        """Computes the outputs.

        Args:
            inputs: Float tensor of rank 4.
            range_scale: float32 scalar, the scale of the range that the inputs
                were rounded in before the layer, if they were.

        Returns:
            Tensor of rank 4 of the layer's compute dtype.
        """
        y = ops.conv_transpose(
            self.quantized_inputs(self.entering(inputs)),
            self.multiplier(),
            strides=list(self.strides),
            padding=self.padding,
            output_padding=self.output_padding,
            dilation_rate=self.dilation_rate,
            data_format=self.data_format,
        )
        return self.finished(y, range_scale)
