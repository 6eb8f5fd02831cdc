"""Which channels the axes of each weight carry, over the whole trace."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tfprune.graph.attributes import attribute
from tfprune.graph.binding import Binding, WeightAxis
from tfprune.graph.channels import Channels, Ids
from tfprune.graph.declarations import check_axis, check_variable
from tfprune.graph.inputs import Inputs
from tfprune.graph.keras_graph import Call
from tfprune.graph.operand import Operand
from tfprune.graph.step import BoundAxis, Step


class BoundWeights:
    """Remembers what is bound, so that one axis carries one set of channels.

    Args:
        channels: The ids' owner.
    """

    def __init__(self, channels: Channels) -> None:
        self._channels = channels
        self._bound: dict[tuple[int, int], Ids] = {}
        self._pinned: list[tuple[str, int, int]] = []
        self._sized: dict[tuple[int, str], Any] = {}

    def along(self, variable: Any, axis: int, count: int) -> Ids:
        """The ids along an axis of a variable, fresh ones if there are none."""
        key = (id(variable), axis)
        if key not in self._bound:
            self._bound[key] = self._channels.new(count)
        return self._bound[key]

    def bind(
        self, operation: Any, path: str, binding: Binding, inputs: Inputs
    ) -> tuple[BoundAxis, ...]:
        """Resolves weight names; the same axis seen again ties its ids."""
        operands = {x.name: x for x in inputs if isinstance(x, Operand)}
        axes, seen = [], set()
        for axis in binding.axes:
            operand = operands.get(axis.weight)
            if operand is None:
                variable = attribute(operation, axis.weight)
                if variable is None:
                    continue
                check_variable(axis, variable)
            else:
                variable = operand.holder
            check_axis(axis, variable, path)
            seen.add(id(variable))
            axes.append(self._bind_axis(axis, variable, path))
        for operand in operands.values():
            bound = {x.axis for x in axes if x.variable is operand.holder}
            for other in range(len(operand.full_shape)):
                if other not in bound:
                    self._pinned.append((path, id(operand.holder), other))
        for name in binding.fixed:
            seen.add(id(attribute(operation, name)))
        for variable in getattr(operation, "weights", ()):
            if id(variable) not in seen and variable.shape and axes:
                for one in axes:
                    self._channels.freeze(
                        one.ids,
                        f"its weight '{variable.name}' is not declared by the "
                        "handler",
                        "declare it as a WeightAxis or in `fixed`",
                    )
        return tuple(axes)

    def _bind_axis(
        self, axis: WeightAxis, variable: Any, path: str
    ) -> BoundAxis:
        position = axis.axis % len(variable.shape)
        key = (id(variable), position)
        self._channels.tie(self._bound.setdefault(key, axis.ids), axis.ids)
        return BoundAxis(
            path, axis.weight, variable, position, axis.ids, axis.role
        )

    def tie_sizes(self, call: Call, binding: Binding) -> None:
        """A config entry that counts two sets of ids must shrink alike."""
        sizes = dict(binding.sizes)
        if binding.rewriting is not None:
            sizes[""] = tuple(binding.rewriting.ids)
        for name, size in sizes.items():
            key = (id(call.operation), name)
            first = self._sized.setdefault(key, size)
            pairs = zip(
                first if isinstance(first, tuple) else (first,),
                size if isinstance(size, tuple) else (size,),
                strict=True,
            )
            for one, two in pairs:
                if isinstance(one, np.ndarray) and isinstance(two, np.ndarray):
                    self._channels.tie(one, two)

    def pin(self, path: str, operand: Operand, axis: int | None) -> None:
        """Notes that the other axes of a weight must keep their length."""
        for other in range(len(operand.full_shape)):
            if other != axis:
                self._pinned.append((path, id(operand.holder), other))

    def close(self, steps: Sequence[Step]) -> None:
        """Freezes channels in weights that are used in ways not followed."""
        for path, key, axis in self._pinned:
            self._freeze(
                path, key, axis, "uses the same weight along another axis"
            )
        for step in steps:
            if not step.known:
                for variable in step.weights:
                    for axis in range(len(variable.shape)):
                        self._freeze(
                            step.path,
                            id(variable),
                            axis,
                            "uses the same weight in its own way",
                        )

    def _freeze(self, path: str, key: int, axis: int, reason: str) -> None:
        ids = self._bound.get((key, axis))
        if ids is not None:
            self._channels.enter(path)
            self._channels.freeze(ids, reason)
