"""A scale and a shift for each channel, as LiteRT computes it best."""

from typing import Any

import numpy as np
from keras import layers
from numpy.typing import NDArray


def affine(
    x: Any,
    scale: NDArray[np.float64],
    shift: NDArray[np.float64],
    layer: Any,
    *,
    trainable: bool = True,
) -> Any:
    """Scales and shifts the channels of a tensor.

    A depthwise convolution of one tap has a scale for each channel and an
    exact shift; a product and a sum would round three times.

    Args:
        x: Symbolic tensor with the channels last, of rank 2 or more.
        scale: One factor for each channel.
        shift: What is added to each.
        layer: The layer that this stands for.
        trainable: Whether scale and shift train.

    Returns:
        Symbolic tensor of the same shape.
    """
    channels = len(scale)
    tap = layers.DepthwiseConv2D(
        1, name="scale", dtype=layer.dtype_policy, trainable=trainable
    )
    rest = tuple(x.shape[1:-1])
    if len(rest) == 2:
        y = tap(x)
    else:
        y = layers.Reshape((-1, 1, channels), name="to_image")(x)
        y = tap(y)
        if None in rest[1:]:
            rest = (*rest[:1], *(-1 if n is None else n for n in rest[1:]))
        target = tuple(-1 if n is None else n for n in (*rest, channels))
        y = layers.Reshape(target, name="from_image")(y)
    tap.set_weights([scale.reshape(1, 1, channels, 1), shift])
    return y
