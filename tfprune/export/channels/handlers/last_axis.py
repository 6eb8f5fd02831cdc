"""Channels that lie on the last axis of a tensor."""

import numpy as np

from tfprune.export.channels.ranges import Range
from tfprune.export.channels.value import Value
from tfprune.graph.channels import CONSTANT, Channels, Ids


def along_last(
    x: Value, channels: Channels, length: int | None = None
) -> tuple[Ids, Range]:
    """One id, and one range, for each position of the last axis.

    Args:
        x: A value. Where its channels lie on another axis they are frozen.
        channels: The ids' owner.
        length: How many of the last positions count as one axis; its last
            axis when None.

    Returns:
        Ids of shape `(length,)`, and a range of arrays of that shape.
    """
    length = x.shape[-1] if length is None else length
    if x.channel_axis is None and x.range.constant.size == 1:
        flat = x.range.moved(lambda a: np.broadcast_to(a.ravel(), length))
        return np.full(length, CONSTANT), flat
    ids = by_rows(x, x.ids, length)
    bounds = x.range.moved(lambda array: by_rows(x, array, length))
    bounds = bounds.conformed((1, length)).moved(lambda array: array[0])
    bounds = bounds.spread((length,))
    if (ids != ids[:1]).any():
        channels.freeze(
            x.ids,
            "its channels lie on another axis than the one summed over",
        )
        return np.full(length, CONSTANT), bounds
    return ids[0], bounds


def by_rows(x: Value, array: np.ndarray, length: int) -> np.ndarray:
    """An array in the layout of a value as rows of its last positions."""
    if length == x.shape[-1]:
        wide = np.broadcast_to(array, (*array.shape[:-1], length))
    else:
        wide = x.spread(array)
    return wide.reshape(-1, length)


def at_last(array: np.ndarray, rank: int) -> np.ndarray:
    """A vector as an array of a rank, along the last axis."""
    return array.reshape((1,) * (rank - 1) + array.shape)
