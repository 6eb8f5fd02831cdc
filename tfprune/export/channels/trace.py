"""From a subgraph to its channel graph."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tfprune.export.channels.binding import Binding
from tfprune.export.channels.handlers import HANDLERS
from tfprune.export.channels.operand import Operand
from tfprune.export.channels.step import Input, Step
from tfprune.export.channels.value import Value
from tfprune.export.flatbuffer.model import Operator, Subgraph
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.graph.binding import UncoveredError
from tfprune.graph.channels import CONSTANT, Channels, Frozen, Ids
from tfprune.graph.layout import rectangular

# A smaller constant that several operators read becomes one for each where
# they lose different channels.
SHARED_BYTES = 1 << 16

# No layer has so many channels, but a file may state any shape.
MAX_AXIS = 1 << 24


@dataclass(frozen=True, eq=False)
class BoundStep:
    """An operator with what its handler declared.

    Attributes:
        step: The operator with its inputs.
        binding: Its declaration.
    """

    step: Step
    binding: Binding


@dataclass(frozen=True, eq=False)
class ChannelGraph:
    """A subgraph traced on channel numbers.

    Attributes:
        subgraph: The subgraph.
        values: What flows, by tensor.
        steps: The operators whose handlers follow them, in order.
        labels: For each id the number of its class of tied ids.
        frozen: Ids that may not be removed, with reasons.
        producers: Name, and ids, of each run of channels.
        shared: Tensors that lose the same channels wherever they are read.
    """

    subgraph: Subgraph
    values: dict[Tensor, Value]
    steps: Sequence[BoundStep]
    labels: Ids
    frozen: Sequence[tuple[Ids, Frozen]]
    producers: Sequence[tuple[str, Ids]]
    shared: set[Tensor]


def trace_channels(
    subgraph: Subgraph, *, in_floats: bool = False
) -> ChannelGraph:
    """Traces a subgraph on channel numbers.

    Args:
        subgraph: The subgraph; it is not changed.
        in_floats: Whether hybrid operators are taken for float ones, as they
            were before quantization.

    Returns:
        The channel graph. What enters, what leaves, and what goes into an
        operator without a handler is frozen.
    """
    return _Trace(subgraph, in_floats).run()


class _Trace:
    def __init__(self, subgraph: Subgraph, in_floats: bool) -> None:
        self._subgraph = subgraph
        self._in_floats = in_floats
        self._channels = Channels()
        self._values: dict[Tensor, Value] = {}
        self._derived: dict[Tensor, Operand] = {}
        self._steps: list[BoundStep] = []
        self._bound: dict[tuple[Tensor, int], Ids] = {}
        self._uses: defaultdict[Tensor, list[set[int]]] = defaultdict(list)
        self._pinned = {*subgraph.outputs, *subgraph.inputs}
        self._names: Counter[str] = Counter()
        # What becomes floats while the model runs is cut with its copy.
        self._unpacked = {
            x.inputs[0]
            for x in subgraph.operators
            if x.name == "DEQUANTIZE" and x.inputs
        }

    def run(self) -> ChannelGraph:
        for tensor in self._subgraph.inputs:
            self._values[tensor] = fitted(tensor)
        for number, operator in enumerate(self._subgraph.operators):
            self._channels.enter(self._unique(name_of(operator, number)))
            self._follow(operator)
        self._channels.enter("the model")
        for tensor in self._subgraph.outputs:
            if tensor in self._values:
                self._channels.freeze(self._values[tensor].ids, "model output")
        for (tensor, axis), ids in self._bound.items():
            if tensor in self._pinned or any(
                axis not in axes for axes in self._uses[tensor]
            ):
                self._channels.freeze(ids, "shares a weight that must stay")
        labels = self._channels.labels()
        self._freeze_unfollowed(labels)
        return ChannelGraph(
            subgraph=self._subgraph,
            values=self._values,
            steps=self._steps,
            labels=labels,
            frozen=self._channels.frozen(),
            producers=[
                (x.name, x.ids) for x in self._channels.producers.values()
            ],
            shared={tensor for tensor, _ in self._bound},
        )

    def _follow(self, operator: Operator) -> None:
        inputs = [self._input(x, i) for i, x in enumerate(operator.inputs)]
        step = Step(operator, inputs, self._in_floats)
        if self._is_constant(operator, inputs):
            (source,) = (x for x in inputs if isinstance(x, Operand))
            (result,) = operator.outputs
            self._derived[result] = Operand([*source.holders, result], 0)
            return
        handler = HANDLERS.get(operator.name)
        try:
            if handler is None or operator.is_custom:
                raise UncoveredError(f"{operator.name} has no handler")
            if any(x.is_variable for x in operator.outputs):
                raise UncoveredError(f"{operator.name} keeps its result")
            check_axes(operator)
            binding = handler(step, self._channels)
            check_shapes(operator, binding)
        except UncoveredError as error:
            self._give_up(step, error)
            return
        except (IndexError, ValueError, ZeroDivisionError):
            shapes = [x.shape for x in operator.inputs if x is not None]
            unknown = UncoveredError(f"inputs of the shapes {shapes}")
            self._give_up(step, unknown)
            return
        self._bind(step, binding)

    def _bind(self, step: Step, binding: Binding) -> None:
        axes: defaultdict[int, set[int]] = defaultdict(set)
        for item in binding.axes:
            axes[item.position].add(item.axis)
            operand = step.inputs[item.position]
            if isinstance(operand, Operand) and self._is_shared(operand):
                for holder in operand.holders:
                    key = (holder, item.axis)
                    first = self._bound.setdefault(key, item.ids)
                    self._channels.tie(first, item.ids)
        self._note_uses(step, axes)
        for tensor, (ids, found) in zip(
            step.operator.outputs, binding.outputs, strict=True
        ):
            ids = rectangular(self._channels, ids)
            value = Value(tensor, ids, found.conformed(ids.shape))
            self._values[tensor] = value
        self._steps.append(BoundStep(step, binding))

    def _unique(self, name: str) -> str:
        """A name that no other operator has: tensors may share theirs."""
        self._names[name] += 1
        count = self._names[name]
        return name if count == 1 else f"{name}#{count}"

    def _freeze_unfollowed(self, labels: Ids) -> None:
        """Freezes what goes in and is neither summed over nor comes out."""
        labels = np.append(labels, CONSTANT)
        for bound in self._steps:
            operator, binding = bound.step.operator, bound.binding
            followed = [ids.ravel() for ids, _ in binding.outputs]
            followed += [read.ids for read in binding.reads]
            known = labels[np.concatenate([[CONSTANT], *followed])]
            for value in bound.step.values:
                lost = value.ids[~np.isin(labels[value.ids], known)]
                if lost.size:
                    self._channels.enter(name_of(operator, 0))
                    self._channels.freeze(
                        lost, f"{operator.name} uses it in its own way"
                    )

    def _give_up(self, step: Step, error: UncoveredError) -> None:
        reason = f"{step.operator.name}: {error.reason}"
        for value in step.values:
            self._channels.freeze(value.ids, reason, error.remedy)
        self._note_uses(step, {})
        for tensor in step.operator.outputs:
            self._values[tensor] = fitted(tensor)

    def _note_uses(self, step: Step, axes: "dict[int, set[int]]") -> None:
        for position, operand in enumerate(step.inputs):
            if isinstance(operand, Operand):
                for holder in operand.holders:
                    self._uses[holder].append(axes.get(position, set()))

    def _input(self, tensor: Tensor | None, position: int) -> Input:
        if tensor is None:
            return None
        if tensor in self._values:
            return self._values[tensor]
        if tensor in self._derived:
            return Operand(self._derived[tensor].holders, position)
        if tensor.is_constant or tensor.is_variable:
            return Operand([tensor], position)
        # Nothing writes it: the runtime reads what happens to be there.
        return Value.anything(tensor)

    def _is_constant(self, operator: Operator, inputs: Sequence[Input]) -> bool:
        return (
            operator.name == "DEQUANTIZE"
            and len(inputs) == 1
            and isinstance(inputs[0], Operand)
            and not self._pinned & {*operator.outputs}
        )

    def _is_shared(self, operand: Operand) -> bool:
        constant = operand.constant
        return (
            constant in self._unpacked
            or constant.is_variable
            or constant.num_bytes >= SHARED_BYTES
        )


def fitted(tensor: Tensor) -> Value:
    """A value of which only the type is known."""
    value = Value.anything(tensor)
    return replace(value, range=value.range.fitted(tensor))


def check_axes(operator: Operator) -> None:
    """Gives up on axes that no network has: there is an id for each position.

    Raises:
        UncoveredError: When there is one.
    """
    for tensor in (*operator.inputs, *operator.outputs):
        if tensor is not None and max(tensor.shape, default=0) > MAX_AXIS:
            raise UncoveredError(f"a tensor of the shape {tensor.shape}")


def check_shapes(operator: Operator, binding: Binding) -> None:
    """Gives up where ids do not fit the outputs that the file states.

    Raises:
        UncoveredError: When they do not.
    """
    for tensor, (ids, _) in zip(operator.outputs, binding.outputs, strict=True):
        if ids.ndim != len(tensor.shape) or any(
            have not in (1, want)
            for have, want in zip(ids.shape, tensor.shape, strict=True)
        ):
            raise UncoveredError(f"an output of the shape {tensor.shape}")


def name_of(operator: Operator, number: int) -> str:
    """What to call an operator: its first output, or its place."""
    if operator.outputs and operator.outputs[0].name:
        return operator.outputs[0].name
    return f"{operator.name} {number}"
