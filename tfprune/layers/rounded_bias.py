"""Biases as runtimes for small integers store them."""

from typing import Any

from keras import ops

from tfprune.quantizers.fake_quant import FakeQuant
from tfprune.quantizers.quantizer import Quantizer
from tfprune.quantizers.straight_through import straight_through

Tensor = Any


def bias_scale(
    entering: Quantizer | None,
    kernel: Quantizer | None,
    range_scale: Tensor | None = None,
) -> Tensor | None:
    """Computes what a bias is rounded to multiples of.

    Args:
        entering: What the layer quantizes its inputs by.
        kernel: What it quantizes its kernel by.
        range_scale: float32 scalar, the scale of the range that the inputs
            were rounded in before the layer, if they were and the layer
            rounds them no further.

    Returns:
        float32 tensor, scalar or `(filters,)`, 0 while a range is empty; None
        when files hold no whole numbers for the bias.
    """
    if not isinstance(kernel, FakeQuant) or not kernel.symmetric:
        return None
    if entering is not None:
        if not isinstance(entering, FakeQuant) or entering.per_channel:
            return None
        range_scale = entering.shown_scale()
    return None if range_scale is None else range_scale * kernel.shown_scale()


def rounded_bias(bias: Tensor, scale: Tensor | None) -> Tensor:
    """Rounds a bias to whole steps, with slope 1.

    Args:
        bias: Float tensor `(filters,)`.
        scale: What it is rounded to multiples of, as `bias_scale` returns it.

    Returns:
        Tensor of the shape and dtype of the bias.

    Example:

    ```python
    rounded_bias(bias, bias_scale(input_quantizer, kernel_quantizer))
    ```
    """
    if scale is None:
        return bias
    wide = ops.cast(bias, "float32")
    whole = ops.round(wide / ops.where(scale > 0, scale, 1.0))
    value = ops.where(scale > 0, whole * scale, wide)
    return straight_through(ops.cast(value, bias.dtype), bias)
