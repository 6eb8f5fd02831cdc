"""Channels set to zero at the same shapes."""

import keras
import numpy as np

from tfprune.allocation.keep_mask import KeepMask
from tfprune.graph import PruningGraph, trace
from tfprune.graph.channels import Mask
from tfprune.surgery.changes import Changes
from tfprune.surgery.rebuild import rebuild


def mask_channels(
    model: keras.Model, keep: KeepMask, *, flatten: bool | None = None
) -> keras.Model:
    """Zeroes channels in a copy of the model; shapes stay.

    The masked model computes what `remove_channels` computes with the same
    mask: what a dropped channel would hold is zero, and nothing reads it. A
    normalization over channels takes its statistics over those that stay.

    Args:
        model: A built model; it is not changed.
        keep: Which channels stay.
        flatten: As in `tfprune.trace`.

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
    return masked(trace(model, flatten=flatten), keep)


def masked(graph: PruningGraph, keep: KeepMask) -> keras.Model:
    """Zeroes channels in a copy of a traced model."""
    by_id = keep.by_id(graph)
    substitutes = {
        id(step.operation): substitute.make(by_id[substitute.ids])
        for step in graph.steps
        if (substitute := step.binding.substitute) is not None
        and not by_id[substitute.ids].all()
    }
    weights = masked_weights(graph, by_id)
    return rebuild(graph, Changes(weights=weights, substitutes=substitutes))


def masked_weights(graph: PruningGraph, by_id: Mask) -> dict[int, np.ndarray]:
    """The weights with the slices of dropped channels zero.

    Args:
        graph: The traced model.
        by_id: One bool for each id, and a last, true, for constants.

    Returns:
        Arrays by the `id` of their variables.
    """
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
