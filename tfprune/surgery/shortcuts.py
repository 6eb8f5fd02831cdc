"""Sums of which one part is constant, so that its branch can go."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from tfprune.graph import ChannelTensor, Constants, PruningGraph
from tfprune.graph.binding import Values
from tfprune.graph.channels import CONSTANT, Mask
from tfprune.graph.operand import Operand
from tfprune.graph.step import Step
from tfprune.surgery.origin import origin_of


@dataclass(frozen=True, eq=False)
class Shortcut:
    """What stands for a sum in which one of two parts is constant.

    Attributes:
        name: Path of the layer or operation that adds.
        position: Which of the tensors that are added stays.
        constant: What the other one was, one number for each kept channel,
            of the rank of the sum; None for zeros.
    """

    name: str
    position: int
    constant: Values | None

    def of(self, tensors: list[Any]) -> Any:
        """The sum of what is added, without the branch.

        Args:
            tensors: The symbolic tensors that were added.
        """
        kept = tensors[self.position]
        if self.constant is None:
            return kept
        return keras.ops.add(kept, self.constant.astype(kept.dtype))


def shortcuts(
    graph: PruningGraph, found: Mapping[int, Constants], by_id: Mask
) -> dict[int, Shortcut]:
    """Finds the sums of two tensors of which one is constant.

    Models that hold layers of the user's classes have none: such a layer's
    `call` adds what it adds.

    Args:
        graph: The traced model.
        found: What is known of its tensors, by their keys.
        by_id: Which ids stay, and a last, true, for constants.

    Returns:
        What stands for the sums, by the `id` of their nodes.
    """
    if graph.kept or origin_of(graph.model) is not None:
        return {}
    result = {}
    for step in graph.steps:
        if type(step.operation).__name__ == "Add" and len(step.inputs) == 2:
            shortcut = _shortcut(step, found, by_id)
            if shortcut is not None:
                result[id(step.node)] = shortcut
    return result


def _shortcut(
    step: Step, found: Mapping[int, Constants], by_id: Mask
) -> Shortcut | None:
    """What stands for one sum; None where both parts are needed."""
    output = step.outputs[0]
    if any(isinstance(x, Operand) for x in step.inputs):
        return None
    constant = [bool(found[x.key].known.all()) for x in step.inputs]
    if sum(constant) != 1:
        return None
    branch, position = step.inputs[constant.index(True)], constant.index(False)
    # What stays must be the whole sum, not be spread over it.
    if step.inputs[position].full_shape != output.full_shape:
        return None
    values = found[branch.key].values
    if not values.any():
        return Shortcut(step.path, position, None)
    kept = kept_values(values, branch, by_id)
    return None if kept is None else Shortcut(step.path, position, kept)


def kept_values(
    values: Values, tensor: ChannelTensor, by_id: Mask
) -> Values | None:
    """One number for each kept channel, with an axis for the batch.

    Args:
        values: One number for each channel, in the layout of the ids.
        tensor: The tensor that has them.
        by_id: Which ids stay.

    Returns:
        The numbers; None where channels lie on several axes.
    """
    ids = np.asarray(tensor.ids)
    axes = [axis for axis, size in enumerate(ids.shape) if size > 1]
    whole = np.broadcast_to(values, ids.shape)
    if len(axes) > 1:
        return None
    keep = by_id[np.where(ids == CONSTANT, -1, ids)].ravel()
    if axes:
        whole = np.compress(keep, whole, axis=axes[0])
    return whole[None]
