"""Which channels are constant whatever the input, found on the graph."""

from collections.abc import Mapping

import keras
import numpy as np

from tfprune.graph import ChannelTensor, Constants, PruningGraph
from tfprune.graph.binding import Values
from tfprune.graph.step import Step


class WorkingWeights:
    """The weights of a model as arrays that may be changed.

    Args:
        graph: The traced model; its variables are read once each, on demand.
    """

    def __init__(self, graph: PruningGraph) -> None:
        self._variables = {id(x.variable): x.variable for x in graph.axes}
        self._arrays: dict[int, Values] = {}

    def __getitem__(self, key: int) -> Values:
        if key not in self._arrays:
            array = keras.ops.convert_to_numpy(self._variables[key])
            self._arrays[key] = np.array(array, dtype="float64")
        return self._arrays[key]

    def of(self, step: Step) -> Mapping[str, Values]:
        """The weights of a layer by attribute name."""
        return {axis.weight: self[id(axis.variable)] for axis in step.axes}

    def changed(self) -> dict[int, np.ndarray]:
        """All arrays that were read, by the `id` of their variables."""
        return dict(self._arrays)


def propagate(
    graph: PruningGraph, weights: WorkingWeights
) -> dict[int, Constants]:
    """Runs the graph on what is known of the values.

    Args:
        graph: The traced model.
        weights: The weights to run it with.

    Returns:
        Constants by the `id` of each channel tensor of the graph.
    """
    found = {id(x): nothing(x) for x in graph.inputs}
    for step in graph.steps:
        flow = step.binding.constants
        inputs = [found.get(id(x), nothing(x)) for x in step.inputs]
        for index, output in enumerate(step.outputs):
            known = flow is not None and inputs and index == 0
            found[id(output)] = (
                flow(inputs, weights.of(step))
                if flow is not None and known
                else nothing(output)
            )
    return found


def nothing(tensor: ChannelTensor) -> Constants:
    """Knows nothing of a tensor."""
    return Constants.unknown((1,) * tensor.rank)
