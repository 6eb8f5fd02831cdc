"""A separable convolution of few bits."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import keras
from keras import ops

from tfprune.layers.kernel_keywords import copied
from tfprune.layers.kernel_precision import KernelPrecision
from tfprune.layers.quantized_layer import (
    QuantizedLayer,
    bits_of,
    build,
    serialized,
)
from tfprune.layers.slots import for_inputs
from tfprune.quantizers.quantizer import Quantizer, Shape

Tensor = Any


@keras.saving.register_keras_serializable(package="tfprune")
class QuantSeparableConv2D(QuantizedLayer, keras.layers.SeparableConv2D):
    """A depthwise and a pointwise convolution, each with its quantizers.

    Args:
        filters: How many filters it has.
        kernel_size: Their size.
        input_quantizer: Quantizer of the inputs: a name, a config or an
            object of `tfprune.quantizers`.
        depthwise_quantizer: Quantizer of the depthwise kernel, which it gets
            as `(height, width, channels * depth_multiplier)`.
        intermediate_quantizer: Quantizer of what goes from the depthwise to
            the pointwise convolution.
        pointwise_quantizer: Quantizer of the pointwise kernel.
        kernel_quantizer: Quantizer of both kernels, each by itself, where
            they are given none of their own. What goes between the
            convolutions is then quantized as the inputs are, unless
            `intermediate_quantizer` says otherwise.
        gradient_quantizer: Quantizer of the gradient at the products.
        learning_rate_multiplier: How much faster the kernels learn than other
            weights, `"glorot"`, or numbers by the names of the kernels.
        **kwargs: What `keras.layers.SeparableConv2D` takes;
            `kernel_constraint` and its kin hold for both kernels.

    Raises:
        InvalidInputError: When a quantizer or the multiplier is not known.

    Example:

    ```python
    x = QuantSeparableConv2D(
        64, 3, depthwise_quantizer="sign", pointwise_quantizer="sign"
    )(x)
    ```
    """

    kernel_quantizers: ClassVar[Mapping[str, str]] = {
        "depthwise_kernel": "depthwise_quantizer",
        "pointwise_kernel": "pointwise_quantizer",
    }
    kernel_prefixes: ClassVar[Sequence[str]] = ("depthwise", "pointwise")

    def __init__(
        self,
        *args: Any,
        kernel_quantizer: Any = None,
        intermediate_quantizer: Any = None,
        **kwargs: Any,
    ) -> None:
        if kernel_quantizer is not None:
            for slot in self.kernel_quantizers.values():
                if kwargs.get(slot) is None:
                    kwargs[slot] = copied(kernel_quantizer)
            if intermediate_quantizer is None:
                intermediate_quantizer = copied(kwargs.get("input_quantizer"))
        super().__init__(*args, **kwargs)
        self.intermediate_quantizer = for_inputs(
            intermediate_quantizer,
            "intermediate_quantizer",
            type(self).__name__,
        )

    def build(self, input_shape: Shape) -> None:
        """Makes the weights of the layer and of its quantizers."""
        super().build(input_shape)
        if self.intermediate_quantizer is not None:
            shape = list(input_shape)
            axis = -1 if self.data_format == "channels_last" else 1
            shape[axis] = self.pointwise_kernel.shape[-2]
            build(self.intermediate_quantizer, tuple(shape), self)

    def filters_shape(
        self, name: str, shape: tuple[int, ...]
    ) -> tuple[int, ...]:
        if name == "depthwise_kernel":
            return (*shape[:-2], shape[-2] * shape[-1])
        return shape

    def precisions(self, entering: int = 32) -> dict[str, KernelPrecision]:
        found = super().precisions(entering)
        between = bits_of(self.intermediate_quantizer)
        pointwise = replace(found["pointwise_kernel"], input_bits=between)
        return {**found, "pointwise_kernel": pointwise}

    def before_bias(self) -> tuple[Quantizer | None, Quantizer | None]:
        return self.intermediate_quantizer, self.pointwise_quantizer

    def call(self, inputs: Tensor) -> Tensor:
        """Computes the outputs.

        Args:
            inputs: Float tensor of rank 4.

        Returns:
            Tensor of rank 4 of the layer's compute dtype.
        """
        y = ops.depthwise_conv(
            self.quantized_inputs(self.entering(inputs)),
            self.multiplier("depthwise_kernel"),
            strides=self.strides,
            padding=self.padding,
            dilation_rate=self.dilation_rate,
            data_format=self.data_format,
        )
        if self.intermediate_quantizer is not None:
            y = self.intermediate_quantizer(y)
        y = ops.conv(
            y,
            self.multiplier("pointwise_kernel"),
            strides=1,
            padding="valid",
            data_format=self.data_format,
        )
        return self.finished(y)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {
            **super().get_config(),
            "intermediate_quantizer": serialized(self.intermediate_quantizer),
        }
