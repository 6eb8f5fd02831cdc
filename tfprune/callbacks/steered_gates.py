"""Gates of a model, and where they close."""

from collections.abc import Mapping
from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray

from tfprune.gates import Gate
from tfprune.graph import PruningGraph

Floats = NDArray[np.floating]

POINTS = 4097
"""Locations that are tried to find where a gate closes."""

LIKELY = 0.9
"""Probability, over the highest, of gates that are taken to be open."""


@dataclass(frozen=True, eq=False)
class SteeredGate:
    """A gate whose penalty can close it.

    Attributes:
        gate: The layer.
        lowest: The least value of its variable `location`.
        closing: The largest value of it at which a channel is closed.
        opened: The least value of it at which a channel is likely to be open
            in training, and is multiplied by half of the most at inference.
    """

    gate: Gate
    lowest: float
    closing: float
    opened: float

    def travel(self, location: Floats) -> Floats:
        """How far each channel has to go until it is closed.

        Args:
            location: What the variable holds, shape `(channels,)`.

        Returns:
            The sum of steps, 0 for closed channels.
        """
        return np.maximum(location - self.closing, 0.0) / self.push

    @property
    def push(self) -> float:
        """How far down a step of length 1 moves the locations.

        It is the same everywhere, as the slope of `P(z != 0)` is not: that
        vanishes where gates are open, and the gradient's way through momentum
        or Adam would make of it what no reading could follow.
        """
        return self.gate.penalty * self.gate.cost


def steered_gates(graph: PruningGraph) -> Mapping[int, SteeredGate]:
    """The gates of a model by the `id` of their variable `location`.

    Args:
        graph: The traced model.
    """
    found = {}
    for step in graph.steps:
        gate = step.operation
        if isinstance(gate, Gate) and gate.penalty * gate.cost > 0:
            far = keras.ops.convert_to_tensor([-1e9, 1e9], dtype="float32")
            lowest, highest = keras.ops.convert_to_numpy(gate.clamp(far))
            points = np.linspace(lowest, highest, POINTS, dtype="float32")
            values = gate.values(points)
            closed = points[values == 0]
            chance = gate.open_probability(gate.location_of(points))
            chance = keras.ops.convert_to_numpy(chance)
            if closed.size:
                opened = points[
                    (values >= values.max() / 2)
                    & (chance >= LIKELY * chance.max())
                ]
                found[id(gate.location)] = SteeredGate(
                    gate, float(points[0]), float(closed[-1]), float(opened[0])
                )
    return found


def silence(gates: Mapping[int, SteeredGate]) -> None:
    """Takes the penalties of gates out of the loss: they are steered."""
    for one in gates.values():
        one.gate.penalty_scale.assign(0.0)
