"""What convolutions of few bits share."""

import math
from typing import Any

from keras import ops

from tfprune.errors import InvalidInputError
from tfprune.layers.input_scale import InputScale
from tfprune.layers.scaled_inputs import ScaledInputs
from tfprune.quantizers.quantizer import Shape

Tensor = Any


class QuantizedConvolution(ScaledInputs):
    """Lets a convolution of Keras use quantized inputs and kernels.

    Goes before the layer class among the parents.
    """

    def build(self, input_shape: Shape) -> None:
        """Makes the weights.

        Raises:
            InvalidInputError: When `input_scale` meets several groups.
        """
        layer: Any = self
        if self.input_scale is not None and layer.groups > 1:
            raise InvalidInputError(
                f"Layer '{layer.name}' has groups={layer.groups}, for which "
                "there is no input_scale. Expected groups=1, or input_scale="
                "False."
            )
        super().build(input_shape)

    def call(self, inputs: Tensor, range_scale: Tensor | None = None) -> Tensor:
        """Computes the outputs.

        Args:
            inputs: Float tensor as the Keras layer takes it.
            range_scale: float32 scalar, the scale of the range that the inputs
                were rounded in before the layer, if they were.

        Returns:
            Tensor of the layer's compute dtype.
        """
        x = self.entering(inputs)
        y = self.convolved(self.quantized_inputs(x), self.multiplier())
        if self.input_scale is not None:
            y = y * self.scale_of(x, self.input_scale)
        return self.finished(y, range_scale)

    def scale_of(self, x: Tensor, scale: InputScale) -> Tensor:
        """The mean magnitude of the inputs of each output."""
        layer: Any = self
        axis = -1 if layer.data_format == "channels_last" else 1
        size = math.prod(layer.kernel_size)
        window = ops.full((*layer.kernel_size, 1, 1), 1 / size, dtype=x.dtype)
        return self.convolved(scale.magnitude(x, axis), window)

    def convolved(self, x: Tensor, kernel: Tensor) -> Tensor:
        """The convolution, with the layer's padding and strides."""
        layer: Any = self
        x, padding = self.padded(x)
        return ops.conv(
            x,
            kernel,
            strides=list(layer.strides),
            padding=padding,
            dilation_rate=layer.dilation_rate,
            data_format=layer.data_format,
        )

    def padded(self, x: Tensor) -> tuple[Tensor, str]:
        """The inputs, and the padding that they still need."""
        layer: Any = self
        if layer.padding != "causal":
            return x, layer.padding
        before = layer.dilation_rate[0] * (layer.kernel_size[0] - 1)
        widths = [(0, 0)] * 3
        last = layer.data_format == "channels_last"
        widths[1 if last else 2] = (before, 0)
        return ops.pad(x, widths), "valid"
