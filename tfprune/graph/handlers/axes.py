"""Where a layer's channels lie, and how often its kernel is applied."""

import math
from typing import Any

from tfprune.graph.channels import ChannelTensor, Ids


def channel_axis(layer: Any) -> int:
    """The channel axis without the batch: 0 for `channels_first`, else -1."""
    return 0 if layer.data_format == "channels_first" else -1


def on_axis(ids: Ids, axis: int, rank: int) -> Ids:
    """Lays 1-D ids along one axis of an array of `rank` axes."""
    shape = [1] * rank
    shape[axis] = len(ids)
    return ids.reshape(shape)


def without_batch(axis: int, rank: int) -> int:
    """An axis counted with the batch as one counted without, not negative.

    Args:
        axis: Axis of the activation, the batch being axis 0.
        rank: Number of axes without the batch.

    Returns:
        The axis, or -1 when it is the batch axis.
    """
    return axis % (rank + 1) - 1


def positions(shape: tuple[int | None, ...], axis: int) -> int:
    """Number of positions of an activation apart from its channel axis.

    Unknown dimensions count as one.
    """
    axis %= len(shape)
    return math.prod(
        size or 1 for index, size in enumerate(shape) if index != axis
    )


def output_positions(layer: Any, x: ChannelTensor, axis: int) -> int:
    """Number of positions of a layer's output apart from its channel axis."""
    shape = layer.compute_output_shape((None, *x.shape))
    return positions(tuple(shape)[1:], axis)
