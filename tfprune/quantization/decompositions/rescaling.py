"""What scales and shifts by constants."""

from typing import Any

import numpy as np
from keras import layers, ops

from tfprune.quantization.affine import affine
from tfprune.quantization.decomposition import Simpler, decomposes


@decomposes(layers.Rescaling)
def rescaling(layer: Any) -> Simpler:
    def call(x: Any) -> Any:
        if np.ndim(layer.scale) or np.ndim(layer.offset):
            return channelwise(x, layer.scale, layer.offset, layer)
        y = ops.multiply(x, layer.scale)
        return ops.add(y, layer.offset) if layer.offset else y

    return call


@decomposes(layers.Normalization)
def normalization(layer: Any) -> Simpler | None:
    if layer.invert:
        return None
    mean, variance = (
        np.asarray(ops.convert_to_numpy(x), "float64").ravel()
        for x in (layer.mean, layer.variance)
    )
    scale = 1 / np.maximum(np.sqrt(variance), np.finfo("float32").eps)

    def call(x: Any) -> Any:
        if tuple(layer.axis) not in ((), (-1,), (len(x.shape) - 1,)):
            return None
        return channelwise(x, scale, -mean * scale, layer)

    return call


@decomposes("Divide", "TrueDivide")
def division(operation: Any) -> Simpler:
    def call(x1: Any, x2: Any) -> Any:
        # By a tensor, LiteRT has no integers to divide with.
        if not isinstance(x2, int | float | np.number):
            return None
        return ops.multiply(x1, 1 / float(x2))

    return call


def channelwise(x: Any, scale: Any, shift: Any, layer: Any) -> Any:
    """Scales and shifts channels by constants.

    Args:
        x: Symbolic tensor with the channels last.
        scale: Number, or one for each channel.
        shift: Number, or one for each channel.
        layer: The layer that this stands for.

    Returns:
        Symbolic tensor of the same shape; None where they lie along other
        axes.
    """
    width = x.shape[-1]
    fit = all(np.shape(n)[-1:] in ((), (1,), (width,)) for n in (scale, shift))
    if not fit or np.size(scale) > width or np.size(shift) > width:
        return None
    scale, shift = (
        np.broadcast_to(np.asarray(n, "float64").ravel(), width)
        for n in (scale, shift)
    )
    return affine(x, scale, shift, layer, trainable=False)
