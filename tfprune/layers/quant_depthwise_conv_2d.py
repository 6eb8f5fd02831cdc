"""A depthwise convolution of few bits."""

from collections.abc import Sequence
from typing import Any, ClassVar

import keras
from keras import ops

from tfprune.layers.quantized_layer import QuantizedLayer

Tensor = Any


@keras.saving.register_keras_serializable(package="tfprune")
class QuantDepthwiseConv2D(QuantizedLayer, keras.layers.DepthwiseConv2D):
    """A depthwise convolution with quantized inputs and kernel.

    Args:
        kernel_size: Size of the filters.
        input_quantizer: Quantizer of the inputs: a name, a config or an
            object of `tfprune.quantizers`.
        kernel_quantizer: Quantizer of the kernel, which it gets as `(height,
            width, channels * depth_multiplier)`: each channel has filters of
            its own.
        gradient_quantizer: Quantizer of the gradient at the products.
        learning_rate_multiplier: How much faster the kernel learns than other
            weights, or `"glorot"`; the variable holds the latent kernel divided
            by it.
        **kwargs: What `keras.layers.DepthwiseConv2D` takes;
            `kernel_constraint` is its `depthwise_constraint`, and so on.

    Raises:
        InvalidInputError: When a quantizer or the multiplier is not known.

    Example:

    ```python
    x = QuantDepthwiseConv2D(3, kernel_quantizer="magnitude_aware_sign")(x)
    ```
    """

    kernel_prefixes: ClassVar[Sequence[str]] = ("depthwise",)

    def filters_shape(
        self, name: str, shape: tuple[int, ...]
    ) -> tuple[int, ...]:
        return (*shape[:-2], shape[-2] * shape[-1])

    def call(self, inputs: Tensor, range_scale: Tensor | None = None) -> Tensor:
        """Computes the outputs.

        Args:
            inputs: Float tensor of rank 4.
            range_scale: float32 scalar, the scale of the range that the inputs
                were rounded in before the layer, if they were.

        Returns:
            Tensor of rank 4 of the layer's compute dtype.
        """
        y = ops.depthwise_conv(
            self.quantized_inputs(self.entering(inputs)),
            self.multiplier(),
            strides=self.strides,
            padding=self.padding,
            dilation_rate=self.dilation_rate,
            data_format=self.data_format,
        )
        return self.finished(y, range_scale)
