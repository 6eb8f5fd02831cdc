"""The channels that penalties and gates close, and how far each is from it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from tfprune.callbacks.guard import Guard
from tfprune.callbacks.steered_gates import SteeredGate
from tfprune.graph import Group, PruningGraph, WeightSlice
from tfprune.regularizers import Penalty, Sum

Floats = NDArray[np.floating]

WEAK = 1e-3
"""Length of all the weights that a penalty is tried on, at most."""


@dataclass(frozen=True, eq=False)
class SteeredGroup:
    """A group of channels that penalties or gates can close.

    Attributes:
        group: The channels.
        parts: Penalized slices, all of which have to vanish for a channel to
            close.
    """

    group: Group
    parts: tuple[WeightSlice, ...]


class Snapshot:
    """Penalized weights and the slopes of their penalties, read once.

    Args:
        gates: The gates of the model by the `id` of their locations.
    """

    def __init__(self, gates: Mapping[int, SteeredGate]) -> None:
        self._gates = gates
        self._read: dict[int, tuple[Any, Any]] = {}

    def travel(self, part: WeightSlice) -> Floats:
        """How far proximal steps have to go until each channel vanishes.

        Args:
            part: A slice of a penalized variable.

        Returns:
            The sum of steps, the loss not counted, shape `(width,)`: 0 for
            channels that are zero, infinite for those that no step shortens.
        """
        variable = part.axis.variable
        gate = self._gates.get(id(variable))
        if gate is not None:
            travel = gate.travel(ops.convert_to_numpy(variable))
            return part.total(travel[part.positions])
        if id(variable) not in self._read:
            weights = ops.cast(variable, "float32")
            slopes = variable.regularizer.subgradient(weights)
            self._read[id(variable)] = (
                ops.convert_to_numpy(weights),
                ops.convert_to_numpy(slopes),
            )
        weights, slopes = (rows(x, part) for x in self._read[id(variable)])
        squares = part.total((weights**2).sum(axis=1))
        return ratio(squares, part.total((weights * slopes).sum(axis=1)))


def steered_groups(
    graph: PruningGraph, gates: Mapping[int, SteeredGate]
) -> list[SteeredGroup]:
    """The groups whose channels penalties or gates can close one by one.

    Args:
        graph: The traced model.
        gates: Its gates by the `id` of their locations.
    """
    summing = {id(x.variable) for x in graph.axes if x.role == "in"}
    guard = Guard(graph, {id(x.gate) for x in gates.values()})
    found = []
    for group in graph.groups():
        if group.prunable:
            own = [x for x in group.slices if id(x.axis.variable) in gates]
            if own and guard.covers(group):
                parts = tuple(own)
            else:
                parts = closing_parts(group, summing)
            if parts:
                found.append(SteeredGroup(group, parts))
    return found


def closing_parts(group: Group, summing: set[int]) -> tuple[WeightSlice, ...]:
    """The penalized slices that close the channels of a group.

    They are those of its producers, where they cover all of them, else those
    of its consumers, where all of them are penalized.

    Args:
        group: The channels.
        summing: The variables, by `id`, that sum over channels.
    """
    made = [x for x in group.slices if x.axis.role == "out"]
    closing = tuple(x for x in made if closes(x))
    covered = {int(y) for x in closing for y in x.axis.ids[x.positions]}
    producing = [x for x in made if id(x.axis.variable) in summing]
    if closing and all(
        set(x.axis.ids[x.positions].tolist()) <= covered for x in producing
    ):
        return closing
    reading = tuple(x for x in group.slices if x.axis.role == "in")
    return reading if reading and all(map(closes, reading)) else ()


def closes(part: WeightSlice) -> bool:
    """Whether the penalty of a variable closes channels of one axis singly."""
    penalty = getattr(part.axis.variable, "regularizer", None)
    terms = penalty.penalties if isinstance(penalty, Sum) else [penalty]
    return part.width > 1 and any(
        isinstance(x, Penalty) and singly(x, part) for x in terms
    )


def singly(penalty: Penalty, part: WeightSlice) -> bool:
    """Whether a penalty pulls at a channel regardless of the others.

    It is tried on weak weights, shorter together than what a truncated one
    leaves alone: whether the other channels are two or four times as large,
    the slope along the first must be the same.
    """
    # A norm that spans several variables is that of this one alone here.
    linked = getattr(penalty, "linked", ())
    alone = penalty.among({id(x): ops.zeros(x.shape) for x, _ in linked})
    shape = tuple(part.axis.variable.shape)
    length = min(WEAK, getattr(penalty, "threshold", math.inf) / 8)
    weak = length / math.sqrt(math.prod(shape))
    first = part.positions[part.channels == 0]
    slopes = []
    for others in (2.0, 4.0):
        trial = np.full(shape, weak * others, "float32")
        np.moveaxis(trial, part.axis.axis, 0)[first] = weak
        slope = alone.subgradient(ops.convert_to_tensor(trial))
        slope = np.moveaxis(ops.convert_to_numpy(slope), part.axis.axis, 0)
        slopes.append(slope[first])
    one, two = slopes
    return bool(one.any() and np.allclose(one, two, rtol=1e-3, atol=0))


def rows(array: Any, part: WeightSlice) -> Floats:
    """The weights of a slice, shape `(positions, weights)`, as float64."""
    moved = np.moveaxis(np.asarray(array), part.axis.axis, 0)[part.positions]
    return moved.reshape(len(part.positions), -1).astype(np.float64)


def ratio(squares: Floats, inner: Floats) -> Floats:
    """Squared norms over their slopes: how far steps have to go."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(squares == 0, 0.0, squares / inner)
