"""Constraints and regularizers that hold arrays of the shape of weights."""

from collections.abc import Sequence
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np

from tfprune.graph import PruningGraph
from tfprune.graph.attributes import attribute
from tfprune.graph.channels import Mask

KINDS = ("constraint", "regularizer")


@runtime_checkable
class Shaped(Protocol):
    """What follows the channels of the weights that it is for."""

    def sliced(self, kept: Sequence[Mask]) -> Self:
        """The same for the weights that stay.

        Args:
            kept: For each axis of the weights, which positions stay.
        """


def shaped_settings(
    graph: PruningGraph, by_id: Mask
) -> dict[int, dict[str, Any]]:
    """Config entries of layers whose constraints or regularizers get smaller.

    Args:
        graph: The traced model.
        by_id: One bool for each id, and a last, true, for constants.

    Returns:
        The entries, by the layer's `id`.
    """
    entries: dict[int, dict[str, Any]] = {}
    for step in graph.steps:
        layer = step.operation
        for name, value in vars(layer).items():
            prefix, _, kind = name.rpartition("_")
            if kind not in KINDS or not isinstance(value, Shaped):
                continue
            variable = weight_of(layer, prefix)
            if variable is None:
                continue
            kept = [np.ones(size, bool) for size in variable.shape]
            for axis in step.axes:
                if axis.variable is variable:
                    kept[axis.axis] = by_id[axis.ids]
            if not all(x.all() for x in kept):
                entries.setdefault(id(layer), {})[name] = value.sliced(kept)
    return entries


def weight_of(layer: Any, prefix: str) -> Any:
    """The weight that a setting is for; None where the layer has none.

    Args:
        layer: A layer.
        prefix: Beginning of the setting's name: `kernel`, `bias`, or
            `depthwise` for the one kernel of a depthwise convolution.
    """
    names = [prefix, f"{prefix}_kernel"]
    if prefix == "depthwise":
        names.append("kernel")
    found = (attribute(layer, name) for name in names)
    return next((x for x in found if x is not None), None)
