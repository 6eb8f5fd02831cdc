"""Runs the calls of a model on channel ids, handler by handler."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import tree

from tfprune.errors import InvalidInputError
from tfprune.graph.binding import Binding, Size, UncoveredError
from tfprune.graph.channels import Channels, ChannelTensor, Ids
from tfprune.graph.declarations import check_axis, check_output
from tfprune.graph.handlers import find_handler
from tfprune.graph.keras_graph import (
    Arguments,
    Keywords,
    is_graph,
    run_nodes,
)
from tfprune.graph.layout import broadcast_rank, rectangular
from tfprune.graph.step import BoundAxis, Step

REMEDY = "register a handler with @tfprune.handles, or leave it unpruned"


class Tracer:
    """The state of one trace: ids handed out, and the steps so far."""

    def __init__(self) -> None:
        self.channels = Channels()
        self.steps: list[Step] = []
        self.nested_inputs: dict[int, tuple[Any, ChannelTensor]] = {}
        self._bound: dict[tuple[int, int], Ids] = {}
        self._sized: dict[tuple[int, str], Size] = {}
        self._paths: dict[int, str] = {}

    def model_input(self, tensor: Any) -> ChannelTensor:
        self.channels.enter(tensor.name)
        return self._frozen_tensor(tuple(tensor.shape)[1:], "model input")

    def producer_of(self, tensor: ChannelTensor) -> str:
        """The path of the layer that returned a tensor."""
        for step in self.steps:
            if any(output is tensor for output in step.outputs):
                return step.path
        return "input"

    def run(
        self,
        model: keras.Model,
        inputs: Sequence[ChannelTensor],
        prefix: str,
    ) -> list[ChannelTensor]:
        def call(
            operation: Any, args: Arguments, kwargs: Keywords, node: Any
        ) -> Any:
            path = self._paths.setdefault(
                id(operation), f"{prefix}{operation.name}"
            )
            self.channels.enter(path)
            tensors = self._tensors((args, kwargs))
            shapes = output_shapes(operation, args, kwargs, node)
            if is_graph(operation):
                self._enter_nested(operation, tensors)
                return self.run(operation, tensors, f"{path}/")
            return self._bind(operation, path, tensors, shapes)

        return tree.flatten(run_nodes(model, inputs, call))

    def freeze_shared(self) -> None:
        """Freezes channels in weights that an unknown layer uses as well."""
        for step in self.steps:
            if not step.known:
                self.channels.enter(step.path)
                for variable in getattr(step.operation, "weights", ()):
                    for axis in range(len(variable.shape)):
                        ids = self._bound.get((id(variable), axis))
                        if ids is not None:
                            self.channels.freeze(
                                ids, "uses the same weight in its own way"
                            )

    def _enter_nested(
        self, model: keras.Model, tensors: Sequence[ChannelTensor]
    ) -> None:
        """Notes the widths of a nested model's inputs; two calls tie them."""
        for inner, tensor in zip(model.inputs, tensors, strict=True):
            _, first = self.nested_inputs.setdefault(id(inner), (inner, tensor))
            self.channels.tie(first.ids, tensor.ids)

    def _tensors(self, arguments: Any) -> list[ChannelTensor]:
        """The tensors among a call's arguments; array constants are frozen."""
        leaves = tree.flatten(arguments)
        ranks = [x.rank for x in leaves if isinstance(x, ChannelTensor)]
        tensors = []
        for leaf in leaves:
            if isinstance(leaf, ChannelTensor):
                tensors.append(leaf)
            elif is_array(leaf) and tuple(leaf.shape):
                # An array may have the batch axis written out.
                batch = len(leaf.shape) > max(ranks, default=0)
                tensors.append(
                    self._frozen_tensor(
                        tuple(leaf.shape)[batch:],
                        "takes a constant array",
                        "make the array a weight of a layer",
                    )
                )
        return tensors

    def _frozen_tensor(
        self, shape: tuple[int | None, ...], reason: str, remedy: str = ""
    ) -> ChannelTensor:
        count = (shape[-1] if shape else 1) or 1
        ids = self.channels.fixed(count, reason, remedy)
        return ChannelTensor(broadcast_rank(ids, len(shape)), shape)

    def _bind(
        self,
        operation: Any,
        path: str,
        tensors: list[ChannelTensor],
        shapes: Sequence[tuple[int | None, ...]],
    ) -> list[ChannelTensor]:
        try:
            binding = self._handled(operation, tensors)
            outputs = self._outputs(binding, shapes, path)
            axes = self._bound_axes(operation, path, binding)
            known = True
        except UncoveredError as uncovered:
            for tensor in tensors:
                self.channels.freeze(
                    tensor.ids, uncovered.reason, uncovered.remedy
                )
            outputs = [
                self._frozen_tensor(shape, "output of an unknown operation")
                for shape in shapes
            ]
            binding = Binding(output=tuple(x.ids for x in outputs))
            axes, known = (), False
        self._tie_sizes(operation, binding)
        self.steps.append(
            Step(
                operation=operation,
                path=path,
                inputs=tuple(tensors),
                outputs=tuple(outputs),
                binding=binding,
                axes=axes,
                known=known,
            )
        )
        return outputs

    def _handled(
        self, operation: Any, tensors: Sequence[ChannelTensor]
    ) -> Binding:
        handler = find_handler(operation)
        if handler is None:
            raise UncoveredError(
                f"no handler for {type(operation).__name__}", REMEDY
            )
        layer = isinstance(operation, keras.layers.Layer)
        if not layer and any(
            is_array(x) and len(x.shape) for x in vars(operation).values()
        ):
            raise UncoveredError("is given an array when it is made")
        return handler(operation, tensors, self.channels)

    def _outputs(
        self,
        binding: Binding,
        shapes: Sequence[tuple[int | None, ...]],
        path: str,
    ) -> list[ChannelTensor]:
        ids = binding.output
        outputs = ids if isinstance(ids, tuple) else (ids,)
        if len(outputs) != len(shapes):
            raise InvalidInputError(
                f"The handler of '{path}' returned {len(outputs)} outputs, "
                f"but the layer has {len(shapes)}."
            )
        return [
            self._output(out, shape, path)
            for out, shape in zip(outputs, shapes, strict=True)
        ]

    def _output(
        self, ids: Ids, shape: tuple[int | None, ...], path: str
    ) -> ChannelTensor:
        ids = broadcast_rank(ids, len(shape))
        check_output(ids, shape, path)
        return ChannelTensor(rectangular(self.channels, ids), shape)

    def _bound_axes(
        self, operation: Any, path: str, binding: Binding
    ) -> tuple[BoundAxis, ...]:
        """Resolves weight names; the same axis seen again ties its ids."""
        axes, seen = [], set()
        for axis in binding.axes:
            variable = getattr(operation, axis.weight, None)
            if variable is None:
                continue
            check_axis(axis, variable, path)
            seen.add(id(variable))
            position = axis.axis % len(variable.shape)
            key = (id(variable), position)
            self.channels.tie(self._bound.setdefault(key, axis.ids), axis.ids)
            axes.append(
                BoundAxis(
                    path, axis.weight, variable, position, axis.ids, axis.role
                )
            )
        for name in binding.fixed:
            seen.add(id(getattr(operation, name, None)))
        for variable in getattr(operation, "weights", ()):
            if id(variable) not in seen and variable.shape and axes:
                for bound in axes:
                    self.channels.freeze(
                        bound.ids,
                        f"its weight '{variable.name}' is not declared by the "
                        "handler",
                        "declare it as a WeightAxis or in `fixed`",
                    )
        return tuple(axes)

    def _tie_sizes(self, operation: Any, binding: Binding) -> None:
        """A config entry that counts two sets of ids must shrink alike."""
        for name, size in binding.sizes.items():
            first = self._sized.setdefault((id(operation), name), size)
            pairs = zip(
                first if isinstance(first, tuple) else (first,),
                size if isinstance(size, tuple) else (size,),
                strict=True,
            )
            for one, two in pairs:
                if isinstance(one, np.ndarray) and isinstance(two, np.ndarray):
                    self.channels.tie(one, two)


def output_shapes(
    operation: Any, args: Arguments, kwargs: Keywords, node: Any
) -> list[tuple[int | None, ...]]:
    """Shapes of a call's outputs without the batch axis.

    A nested model recorded its own calls for the inputs that it was built
    with; where it is called with sizes that were open then, they are found
    anew.
    """
    recorded = [tuple(x.shape)[1:] for x in node.outputs]
    if not any(None in shape for shape in recorded):
        return recorded
    dtypes = iter(x.dtype for x in node.input_tensors)

    def symbolic(leaf: Any) -> Any:
        if isinstance(leaf, ChannelTensor):
            return keras.KerasTensor((None, *leaf.shape), next(dtypes))
        return leaf

    args, kwargs = tree.map_structure(symbolic, (args, kwargs))
    outputs = operation.compute_output_spec(*args, **kwargs)
    return [tuple(x.shape)[1:] for x in tree.flatten(outputs)]


def is_array(leaf: object) -> bool:
    """Whether an argument of a call holds numbers that no layer owns."""
    return isinstance(leaf, np.ndarray | keras.Variable) or keras.ops.is_tensor(
        leaf
    )
