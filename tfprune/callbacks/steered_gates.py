"""Gates of a model, and where they close."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from tfprune.gates import Gate
from tfprune.graph import PruningGraph
from tfprune.graph.channels import Ids, Mask

Floats = NDArray[np.floating]

POINTS = 4097
"""Locations that are tried to find where a gate closes."""


@dataclass(frozen=True, eq=False)
class SteeredGate:
    """A gate whose penalty can close it.

    Attributes:
        gate: The layer.
        ids: Its channels.
        lowest: The least value of its variable `location`.
        closing: The largest value of it at which a channel is closed.
    """

    gate: Gate
    ids: Ids
    lowest: float
    closing: float

    def travel(self, location: Floats) -> Floats:
        """How far each channel has to go until it is closed.

        Args:
            location: What the variable holds, shape `(channels,)`.

        Returns:
            The sum of steps under the penalty alone at its steepest, 0 for
            closed channels.
        """
        way = np.maximum(location - self.closing, 0.0)
        return way / (self.gate.penalty * self.gate.cost)

    def limit(self, kept: Mask, dropped: bool) -> None:
        """Opens closed channels that are to stay; closes the others.

        Args:
            kept: One bool for each channel.
            dropped: Whether the others are closed, or left as they are.
        """
        location = keras.ops.convert_to_numpy(self.gate.location)
        margin = (self.closing - self.lowest) / 10
        least = np.maximum(location, self.closing + margin)
        others = self.lowest if dropped else location
        self.gate.location.assign(np.where(kept, least, others))


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
            closed = points[gate.values(points) == 0]
            if closed.size:
                axis = next(x for x in step.axes if x.weight == "location")
                found[id(gate.location)] = SteeredGate(
                    gate, axis.ids, float(points[0]), float(closed[-1])
                )
    return found


def set_scale(gates: Mapping[int, SteeredGate], scale: Any) -> None:
    """Assigns the scale of the penalties of gates."""
    for one in gates.values():
        one.gate.penalty_scale.assign(scale)
