"""What updates may not do to the channels of a variable."""

from typing import Any

from keras import ops

Tensor = Any

DROPPED, FREE, KEPT = -1, 0, 1
"""Zero after every update; whatever the update makes it; never made zero."""

SMALLEST = 1e-6
"""Below this the proximal step leaves a kept weight alone."""


def limited(point: Tensor, weights: Tensor, limit: Tensor) -> Tensor:
    """Keeps the result of a proximal step within limits.

    A kept weight loses at most half of itself in one step, so that it comes
    close to zero under a strong penalty and grows again under a weak one.

    Args:
        point: float32 tensor, what the proximal step made of `weights`.
        weights: float32 tensor, where the step started.
        limit: int8 tensor of `DROPPED`, `FREE` and `KEPT`, broadcast with
            `weights`.

    Returns:
        float32 tensor of the shape of `weights`.
    """
    least = ops.where(ops.abs(weights) < SMALLEST, weights, weights / 2)
    lost = ops.abs(point) < ops.abs(least)
    point = ops.where(ops.logical_and(limit == KEPT, lost), least, point)
    return ops.where(limit == DROPPED, 0.0, point)
