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


def descended(
    place: Tensor, limit: Tensor, descent: Tensor, step: Tensor
) -> Tensor:
    """Moves free numbers down, and keeps the others within limits.

    Args:
        place: float32 tensor, where they are.
        limit: int8 tensor of its shape, of `DROPPED`, `FREE` and `KEPT`.
        descent: float32 tensor of three numbers: how far a step of length 1
            moves down what is free, where what is dropped stays, and the
            least that what is kept may be.
        step: float32 scalar, the length of the step.

    Returns:
        float32 tensor of the shape of `place`.
    """
    push, lowest, least = descent[0], descent[1], descent[2]
    moved = ops.where(limit == FREE, place - step * push, place)
    return held(moved, limit, lowest, least)


def held(place: Tensor, limit: Tensor, lowest: Any, least: Any) -> Tensor:
    """Keeps what descends within limits.

    Args:
        place: float32 tensor.
        limit: int8 tensor of its shape, of `DROPPED`, `FREE` and `KEPT`.
        lowest: Where what is dropped stays.
        least: The least that what is kept may be.

    Returns:
        float32 tensor of the shape of `place`.
    """
    kept = ops.maximum(place, least)
    place = ops.where(limit == KEPT, kept, place)
    return ops.where(limit == DROPPED, lowest, place)
