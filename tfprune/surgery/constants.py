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
        self.new_biases: dict[int, Values] = {}

    def __getitem__(self, key: int) -> Values:
        if key not in self._arrays:
            array = keras.ops.convert_to_numpy(self._variables[key])
            self._arrays[key] = np.array(array, dtype="float64")
        return self._arrays[key]

    def of(self, step: Step) -> Mapping[str, Values]:
        """The weights of a layer by attribute name, a new bias included."""
        weights = {x.weight: self[id(x.variable)] for x in step.axes}
        if id(step.operation) in self.new_biases:
            weights["bias"] = self.new_biases[id(step.operation)]
        return weights

    def add_bias(self, step: Step, shift: Values) -> None:
        """Adds to the bias of a layer that has none of its own."""
        key = id(step.operation)
        self.new_biases[key] = self.new_biases.get(key, 0.0) + shift

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
        Constants by the key of each channel tensor of the graph.
    """
    found = {x.key: nothing(x) for x in graph.inputs}
    for step in graph.steps:
        flow = step.binding.constants
        inputs = [found.setdefault(x.key, nothing(x)) for x in step.inputs]
        for output in step.outputs:
            found[output.key] = nothing(output)
        if flow is not None and inputs:
            result = flow(inputs, weights.of(step))
            found[step.outputs[0].key] = conformed(result, step.outputs[0])
    return found


def nothing(tensor: ChannelTensor) -> Constants:
    """Knows nothing of a tensor."""
    return Constants.unknown((1,) * tensor.rank)


def conformed(constants: Constants, tensor: ChannelTensor) -> Constants:
    """Constants in the layout of a tensor's ids, one a channel.

    Along an axis where the ids do not vary a channel is constant only when it
    has the same constant at every position.
    """
    known, values = constants.known, constants.values
    for axis, size in enumerate(tensor.ids.shape):
        if known.shape[axis] in (1, size):
            continue
        if size != 1:
            return nothing(tensor)
        first = np.take(values, [0], axis=axis)
        same = (values == first).all(axis=axis, keepdims=True)
        known = known.all(axis=axis, keepdims=True) & same
        values = first
    return Constants.where(known, values)
