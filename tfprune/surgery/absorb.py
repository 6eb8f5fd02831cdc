"""Moves constant channels into the bias of what reads them."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from tfprune.graph import Absorption, Constants, PruningGraph
from tfprune.graph.binding import Values
from tfprune.graph.channels import CONSTANT, Ids, Mask
from tfprune.graph.step import Step
from tfprune.surgery.constants import WorkingWeights


class Absorber:
    """Changes working weights so that constants need no channel.

    The constant goes into the moving mean where a batch normalization follows
    at once (in training that batch normalization would cancel a bias), else
    into the layer's bias, which is added where there is none.

    Args:
        graph: The traced model.
        weights: The weights to change.
    """

    def __init__(self, graph: PruningGraph, weights: WorkingWeights) -> None:
        self.configs: dict[int, Mapping[str, Any]] = {}
        self._graph = graph
        self._weights = weights
        self._enlarged: dict[int, Step] = {}
        self._calls = Counter(id(step.operation) for step in graph.steps)
        self._readers: dict[int, list[Step]] = {}
        for step in graph.steps:
            for tensor in step.inputs:
                self._readers.setdefault(tensor.key, []).append(step)

    def absorption(self, step: Step) -> Absorption | None:
        """How constants that a layer reads go into its bias, if they can.

        A layer that is called several times has one bias, but may read other
        constants each time.
        """
        once = self._calls[id(step.operation)] == 1
        return step.binding.absorption if once else None

    def ids(self, step: Step) -> Ids:
        """The ids of the channels that a layer sums over."""
        tensor, absorption = step.inputs[0], step.binding.absorption
        axis = absorption.axis if absorption is not None else -1
        length = tensor.shape[axis] or 1
        if tensor.ids.size != tensor.ids.shape[axis]:
            return np.full(length, CONSTANT)
        return np.broadcast_to(tensor.ids.ravel(), length)

    def values(
        self, step: Step, found: Mapping[int, Constants], dead: Mask
    ) -> Values:
        """The constants of dead channels that a layer reads, else zero."""
        ids = self.ids(step)
        tensor = step.inputs[0]
        chosen = (ids != CONSTANT) & dead[self._graph.labels[ids]]
        if not chosen.any():
            return np.zeros(len(ids))
        values = np.broadcast_to(found[tensor.key].values, tensor.ids.shape)
        return np.where(chosen, np.broadcast_to(values.ravel(), len(ids)), 0.0)

    def absorb(self, step: Step, values: Values) -> None:
        """Adds what constant channels contribute to the layer's bias."""
        absorption = step.binding.absorption
        if absorption is None or not values.any():
            return
        shift = absorption.shift(values, self._weights.of(step))
        follower = self._batch_normalization_after(step)
        if follower is not None:
            mean = self._weights[id(follower.operation.moving_mean)]
            mean -= shift
        elif getattr(step.operation, "bias", None) is not None:
            bias = self._weights[id(step.operation.bias)]
            bias += shift.reshape(bias.shape)
        else:
            self._add_bias(step, absorption, shift)

    def _add_bias(
        self, step: Step, absorption: Absorption, shift: Values
    ) -> None:
        self._weights.add_bias(step, shift)
        self._enlarged[id(step.operation)] = step
        self.configs[id(step.operation)] = absorption.bias

    def _batch_normalization_after(self, step: Step) -> Step | None:
        linear = keras.activations.linear
        if getattr(step.operation, "activation", linear) is not linear:
            return None
        if any(x.key == step.outputs[0].key for x in self._graph.outputs):
            return None
        readers = self._readers.get(step.outputs[0].key, [])
        follower = readers[0] if len(readers) == 1 else None
        if (
            follower is not None
            and isinstance(follower.operation, keras.layers.BatchNormalization)
            and self._calls[id(follower.operation)] == 1
            and any(
                x.weight == "moving_mean"
                and np.array_equal(x.ids, self._unit_ids(step))
                for x in follower.axes
            )
        ):
            return follower
        return None

    def added(self, keep: Mask) -> dict[int, dict[str, np.ndarray]]:
        """The biases that layers get, at the shapes that they will have.

        Args:
            keep: One bool for each id, and a last, true, for constants.
        """
        return {
            key: {
                "bias": self._weights.new_biases[key][
                    keep[self._unit_ids(step)]
                ]
            }
            for key, step in self._enlarged.items()
        }

    @staticmethod
    def _unit_ids(step: Step) -> Ids:
        """The ids of a layer's output units, from its last kernel."""
        return [
            axis.ids
            for axis in step.axes
            if axis.role == "out" and len(axis.variable.shape) > 1
        ][-1]
