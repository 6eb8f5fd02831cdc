"""The weights of a model once channels are gone, sliced when asked for."""

from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np

from tfprune.graph import PruningGraph
from tfprune.graph.attributes import attribute
from tfprune.graph.channels import Mask


class KeptWeights(Mapping[int, np.ndarray]):
    """The kept part of every weight that changes, by the variable's `id`.

    A slice is made each time it is asked for, so that no two copies of all
    weights are held at once.

    Args:
        graph: The traced model.
        by_id: One bool for each id, and a last, true, for constants.
        weights: Arrays in place of variables, by the variable's `id`.
    """

    def __init__(
        self,
        graph: PruningGraph,
        by_id: Mask,
        weights: Mapping[int, np.ndarray],
    ) -> None:
        self._weights = weights
        self._variables: dict[int, Any] = {}
        self._positions: dict[int, dict[int, Mask]] = {}
        self._factors: dict[int, float] = {}
        for axis in graph.axes:
            positions = by_id[axis.ids]
            if not positions.all():
                key = id(axis.variable)
                self._variables[key] = axis.variable
                self._positions.setdefault(key, {})[axis.axis] = positions
        for step in graph.steps:
            for rescaling in step.binding.rescalings:
                variable = attribute(step.operation, rescaling.weight)
                share = float(by_id[rescaling.ids].mean())
                if variable is not None and share != 1:
                    key = id(variable)
                    self._variables[key] = variable
                    self._factors[key] = share**rescaling.power

    def __getitem__(self, key: int) -> np.ndarray:
        if key not in self._variables:
            return self._weights[key]
        array = self._weights.get(key)
        if array is None:
            array = keras.ops.convert_to_numpy(self._variables[key])
        for axis, positions in self._positions.get(key, {}).items():
            array = np.compress(positions, array, axis=axis)
        if key in self._factors:
            array = (array * self._factors[key]).astype(array.dtype)
        return array

    def __iter__(self) -> Iterator[int]:
        yield from self._variables
        yield from (key for key in self._weights if key not in self._variables)

    def __len__(self) -> int:
        return len(self._variables.keys() | self._weights.keys())
