"""Where the channels of a group enter the layers that read them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from keras import tree

from tfprune.graph import ChannelTensor, Group, PruningGraph
from tfprune.graph.channels import CONSTANT, Ids
from tfprune.graph.operand import is_array
from tfprune.graph.step import Step
from tfprune.surgery.dead import vital


class NoPassageError(Exception):
    """Why nothing can be put in the way of a group's channels."""


@dataclass(frozen=True)
class Passage:
    """A tensor on its way into a call.

    Attributes:
        node: The `id` of the call's node.
        index: Which of the symbolic tensors among its arguments it is.
        key: The same for all passages of one tensor.
        axis: The axis that the channels lie on, the batch being axis 0.
        rank: Number of axes, the batch counted.
        order: The classes of the channels along the axis.
    """

    node: int
    index: int
    key: int
    axis: int
    rank: int
    order: tuple[int, ...]


@dataclass(frozen=True)
class Passages:
    """Where all that reads a group's channels gets them from.

    Attributes:
        places: For each call, the `id` of its node and which of its symbolic
            tensors is meant.
        axis: The axis that the channels lie on, the batch being axis 0.
        num_tensors: How many tensors these are.
    """

    places: tuple[tuple[int, int], ...]
    axis: int
    num_tensors: int


class PassageFinder:
    """Finds, for each group, the passages nearest to what reads it.

    Every layer that sums over the channels is followed back to where they lie
    along one axis, each once and no others beside them. What is multiplied by
    zero there is read by none of these layers, so it is dead, whatever else
    is done with the channel.

    Args:
        graph: The traced model.
    """

    def __init__(self, graph: PruningGraph) -> None:
        self._graph = graph
        self._makers = {
            tensor.key: step for step in graph.steps for tensor in step.outputs
        }
        self._vital = vital(graph, int(graph.labels.max(initial=-1)) + 1)

    def passages(self, group: Group) -> Passages:
        """Where something can be put in the way of a group's channels.

        Raises:
            NoPassageError: With the reason, when nothing can be.
        """
        if group.frozen:
            raise NoPassageError(f"frozen by {group.frozen[0]}")
        if group.width < 2:
            raise NoPassageError("it has one channel, which must stay")
        if self._vital[group.labels].any():
            raise NoPassageError("a statistic or a product needs all of them")
        found = [
            passage
            for step in self._graph.steps
            for passage in self._into_reader(step, group.labels)
        ]
        if not found:
            raise NoPassageError("no layer sums over them")
        if len({x.order for x in found}) > 1:
            raise NoPassageError("they are read in different orders")
        places = tuple(dict.fromkeys((x.node, x.index) for x in found))
        tensors = len({x.key for x in found})
        for axes in ({x.axis for x in found}, {x.axis - x.rank for x in found}):
            if len(axes) == 1:
                return Passages(places, axes.pop(), tensors)
        raise NoPassageError("they lie on different axes")

    def _into_reader(self, step: Step, labels: Ids) -> Iterator[Passage]:
        """The passages on the way into one layer that sums over channels."""
        if not any(
            axis.role == "in" and self._holds(axis.ids, labels)
            for axis in step.axes
        ):
            return
        entering = [
            index
            for index, tensor in enumerate(step.inputs)
            if self._holds(tensor.ids, labels)
        ]
        if not entering:
            raise NoPassageError(f"'{step.path}' reads its own results")
        for index in entering:
            yield from self._back(step, index, labels)

    def _back(self, step: Step, index: int, labels: Ids) -> Iterator[Passage]:
        """The last place on the way to a call where the group is by itself."""
        tensor = step.inputs[index]
        order = self._order(tensor, labels)
        if order is not None:
            if mixes_arrays(step):
                raise NoPassageError(f"'{step.path}' is given an array")
            axis = int(np.argmax(tensor.full_ids.shape))
            rank = len(tensor.full_shape)
            node = id(step.node)
            yield Passage(node, index, tensor.key, axis, rank, order)
            return
        maker = self._makers.get(tensor.key)
        entering = [
            number
            for number, x in enumerate(maker.inputs if maker else ())
            if self._holds(x.ids, labels)
        ]
        if maker is None or not entering:
            raise NoPassageError(f"'{step.path}' does not read them apart")
        for number in entering:
            yield from self._back(maker, number, labels)

    def _order(
        self, tensor: ChannelTensor, labels: Ids
    ) -> tuple[int, ...] | None:
        """The classes of a tensor that is the group and nothing else."""
        ids = tensor.full_ids.ravel()
        single = ids.size == max(tensor.full_ids.shape, default=0)
        if not single or len(ids) != len(labels) or CONSTANT in ids:
            return None
        found = self._graph.labels[ids]
        same = np.array_equal(np.sort(found), np.sort(labels))
        return tuple(found.tolist()) if same else None

    def _holds(self, ids: Ids, labels: Ids) -> bool:
        known = ids[ids != CONSTANT]
        return bool(np.isin(self._graph.labels[known], labels).any())


def mixes_arrays(step: Step) -> bool:
    """Whether a call is given arrays, beside which tensors count anew."""
    arguments = step.node.arguments
    leaves = tree.flatten((arguments.args, arguments.kwargs))
    return any(is_array(x) and tuple(x.shape) for x in leaves)
