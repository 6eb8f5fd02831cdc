"""Takes channels out of a subgraph."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from tfprune.export.channels import elements
from tfprune.export.channels.binding import Read
from tfprune.export.channels.operand import Operand
from tfprune.export.channels.trace import BoundStep, ChannelGraph
from tfprune.export.flatbuffer.numbers import constant_numbers, numbers_of
from tfprune.export.flatbuffer.tensor import NUMPY_TYPES, Tensor
from tfprune.graph.channels import Ids, Mask


def remove(
    graph: ChannelGraph, live: Mask, constants: Mapping[Read, np.ndarray]
) -> None:
    """Removes the channels that are not live.

    Args:
        graph: The channel graph; its subgraph is changed.
        live: One bool for each class of channels.
        constants: By read, what is stored in each of its
            channels less the zero point, 0 where nothing is to be absorbed.
    """
    _Removal(graph, live, constants).run()


class _Removal:
    def __init__(
        self,
        graph: ChannelGraph,
        live: Mask,
        constants: Mapping[Read, np.ndarray],
    ) -> None:
        self._graph = graph
        self._subgraph = graph.subgraph
        count = len(live)
        self._live = np.append(live, True)
        self._labels = np.append(graph.labels, count)
        self._constants = constants
        self._uses = Counter(
            tensor
            for operator in self._subgraph.operators
            for tensor in operator.inputs
        )
        self._uses.update(self._subgraph.outputs)
        self._shortened: set[tuple[Tensor, int]] = set()

    def kept(self, ids: Ids) -> Mask:
        """Which of some ids stay."""
        return self._live[self._labels[ids]]

    def run(self) -> None:
        for bound in self._graph.steps:
            for read in bound.binding.reads:
                if read in self._constants and read.absorb is not None:
                    bias = read.absorb(self._constants[read])
                    self._put_bias(bound, read, bias)
        for bound in self._graph.steps:
            self._shorten_constants(bound)
            if bound.binding.rewrite is not None:
                numbers = bound.binding.rewrite(self.kept)
                for position, new in numbers.items():
                    self._replace_numbers(bound, position, new)
        for value in self._graph.values.values():
            axis = value.channel_axis
            if axis is not None:
                self._shorten(value.tensor, axis, value.ids.ravel())

    def _put_bias(self, bound: BoundStep, read: Read, bias: Tensor) -> None:
        """Gives an operator a bias that took constants in."""
        inputs = bound.step.operator.inputs
        inputs += [None] * (read.bias_position + 1 - len(inputs))
        inputs[read.bias_position] = bias
        self._subgraph.tensors.append(bias)
        self._uses[bias] = 1
        # Its rows are shortened like those of the bias that it replaces.
        keep = np.flatnonzero(self.kept(read.rows))
        if len(keep) < len(read.rows):
            assign(bias, elements.shortened(bias, 0, keep))
        self._shortened.add((bias, 0))

    def _shorten_constants(self, bound: BoundStep) -> None:
        inputs = bound.step.operator.inputs
        by_position: defaultdict[int, dict[int, Ids]] = defaultdict(dict)
        for item in bound.binding.axes:
            by_position[item.position][item.axis] = item.ids
        for position, axes in by_position.items():
            operand = bound.step.inputs[position]
            tensor = inputs[position]
            if tensor is None or not isinstance(operand, Operand):
                continue
            if tensor is not operand.holders[-1]:
                # A bias that took constants in.
                continue
            if operand.constant in self._graph.shared:
                for holder in operand.holders:
                    for axis, ids in axes.items():
                        self._shorten(holder, axis, ids)
                continue
            if all(self.kept(ids).all() for ids in axes.values()):
                continue
            new = tensor
            for axis, ids in axes.items():
                keep = np.flatnonzero(self.kept(ids))
                new = elements.shortened(new, axis, keep)
            if self._uses[tensor] == 1:
                assign(tensor, new)
            else:
                self._uses[tensor] -= 1
                inputs[position] = new
                self._subgraph.tensors.append(new)

    def _shorten(self, tensor: Tensor, axis: int, ids: Ids) -> None:
        """Shortens an axis of a tensor in place, once."""
        keep = self.kept(ids)
        if (tensor, axis) not in self._shortened and not keep.all():
            assign(
                tensor,
                elements.shortened(tensor, axis, np.flatnonzero(keep)),
            )
        self._shortened.add((tensor, axis))

    def _replace_numbers(
        self, bound: BoundStep, position: int, numbers: Sequence[int]
    ) -> None:
        """Gives an operator other sizes or positions."""
        inputs = bound.step.operator.inputs
        old = inputs[position]
        if old is not None and numbers_of(old) == list(numbers):
            return
        dtype = np.dtype("int32") if old is None else NUMPY_TYPES[old.dtype]
        array = np.array(numbers, dtype)
        if old is not None and array.size == old.size:
            array = array.reshape(old.shape)
        name = f"{bound.step.output.name}/sizes" if old is None else old.name
        new = constant_numbers(name, array, dtype)
        inputs[position] = new
        self._subgraph.tensors.append(new)


def assign(tensor: Tensor, new: Tensor) -> None:
    """Makes a tensor what another is."""
    tensor.shape = new.shape
    tensor.shape_signature = new.shape_signature
    tensor.data = new.data
    tensor.quantization = new.quantization
