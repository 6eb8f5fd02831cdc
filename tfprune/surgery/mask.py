"""Channels set to zero at the same shapes."""

import keras
import numpy as np

from tfprune.allocation.keep_mask import KeepMask
from tfprune.graph import PruningGraph, trace
from tfprune.surgery.rebuild import rebuild


def mask_channels(model: keras.Model, keep: KeepMask) -> keras.Model:
    """Zeroes channels in a copy of the model; shapes stay.

    The masked model computes what `remove_channels` computes with the same
    mask: what a dropped channel would hold is zero, and nothing reads it.

    Args:
        model: A built functional or `Sequential` model; it is not changed.
        keep: Which channels stay.

    Returns:
        A new model, not compiled.

    Raises:
        InvalidInputError: When the mask does not belong to the model.

    Example:

    ```python
    keep = tfprune.keep_mask(model, criterion="l1_norm", sparsity=0.5)
    masked = tfprune.mask_channels(model, keep)
    ```
    """
    graph = trace(model)
    return rebuild(model, {}, masked_weights(graph, keep))


def masked_weights(
    graph: PruningGraph, keep: KeepMask
) -> dict[int, np.ndarray]:
    """The weights with the slices of dropped channels zero.

    Args:
        graph: The traced model.
        keep: Which channels stay.

    Returns:
        Arrays by the `id` of their variables.
    """
    by_id = keep.by_id(graph)
    weights: dict[int, np.ndarray] = {}
    for axis in graph.axes:
        kept = by_id[axis.ids]
        if kept.all():
            continue
        key = id(axis.variable)
        if key not in weights:
            array = keras.ops.convert_to_numpy(axis.variable)
            weights[key] = np.array(array)
        np.moveaxis(weights[key], axis.axis, 0)[~kept] = 0
    return weights
