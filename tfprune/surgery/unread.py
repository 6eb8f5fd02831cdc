"""Inputs of the model that a dense layer does not read."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np

from tfprune.graph import PruningGraph
from tfprune.graph.channels import CONSTANT, Ids
from tfprune.graph.step import BoundAxis, Step
from tfprune.surgery.constants import WorkingWeights
from tfprune.surgery.origin import origin_of


@dataclass(frozen=True, eq=False)
class Selection:
    """Which positions of its input a dense layer reads.

    Attributes:
        name: Path of the layer.
        kernel: The `id` of its kernel.
        positions: Positions of the last axis of the input, ascending.
        count: How many there are.
    """

    name: str
    kernel: int
    positions: Ids
    count: int


def unread_inputs(
    graph: PruningGraph, weights: WorkingWeights
) -> dict[int, Selection]:
    """Finds the dense layers that read some of the model's inputs only.

    The inputs of a model stay as they are, so the channels that nothing reads
    cannot be removed there; the layer can select the others.

    Args:
        graph: The traced model.
        weights: Its weights.

    Returns:
        What each layer reads, by the `id` of the node of its call.
    """
    if graph.kept or origin_of(graph.model) is not None:
        return {}
    entering = np.concatenate([x.ids.ravel() for x in graph.inputs])
    calls = Counter(id(step.operation) for step in graph.steps)
    holders = Counter(
        id(variable) for step in graph.steps for variable in step.weights
    )
    result = {}
    for step in graph.steps:
        if type(step.operation) is not keras.layers.Dense:
            continue
        kernel = kernel_of(step.axes)
        if (
            calls[id(step.operation)] > 1
            or holders[id(kernel.variable)] > 1
            or not reads_only(step, entering)
        ):
            continue
        read = (weights[id(kernel.variable)] != 0).any(axis=1)
        if read.any() and not read.all():
            result[id(step.node)] = Selection(
                step.path, id(kernel.variable), np.flatnonzero(read), len(read)
            )
    return result


def kernel_of(axes: Sequence[BoundAxis]) -> BoundAxis:
    """The axis of a dense layer's kernel that it sums over."""
    return next(x for x in axes if x.weight == "kernel" and x.role == "in")


def reads_only(step: Step, ids: Ids) -> bool:
    """Whether a layer is called on nothing but some ids."""
    own = np.asarray(step.inputs[0].ids)
    return bool(np.isin(own[own != CONSTANT], ids).all())
