"""Normal forms of id arrays."""

import numpy as np

from tfprune.graph.channels import Channels, Ids


def broadcast_rank(ids: Ids, rank: int) -> Ids:
    """Adds leading axes of size 1 until the array has `rank` axes."""
    return ids.reshape((1,) * (rank - ids.ndim) + ids.shape)


def compressed(ids: Ids) -> Ids:
    """Shrinks to size 1 every axis along which the ids do not vary."""
    for axis in range(ids.ndim):
        if ids.shape[axis] > 1:
            first = np.take(ids, [0], axis=axis)
            if np.array_equal(np.broadcast_to(first, ids.shape), ids):
                ids = first
    return ids


def rectangular(channels: Channels, ids: Ids) -> Ids:
    """Makes ids vary along one axis at most, tying them across the others.

    What remains after a removal must be a full array again, so of a grid of
    ids only whole rows or columns can go: the last varying axis keeps its
    freedom, and ids that differ along the others are tied.
    """
    ids = compressed(ids)
    varying = [axis for axis in range(ids.ndim) if ids.shape[axis] > 1]
    for axis in varying[:-1]:
        first = np.take(ids, [0], axis=axis)
        channels.tie(ids, np.broadcast_to(first, ids.shape))
        ids = first
    return compressed(ids)
