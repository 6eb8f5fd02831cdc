"""Runs a model's graph on channel ids; the one reader of Keras' own graph."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import keras
import numpy as np
from keras import tree

from tfprune.errors import InvalidInputError
from tfprune.graph.binding import Binding, Size, UncoveredError, WeightAxis
from tfprune.graph.channels import CONSTANT, Channels, ChannelTensor, Ids
from tfprune.graph.handlers import find_handler
from tfprune.graph.layout import broadcast_rank, rectangular
from tfprune.graph.pruning_graph import PruningGraph
from tfprune.graph.step import BoundAxis, Step

Arguments: TypeAlias = tuple[Any, ...]
Keywords: TypeAlias = dict[str, Any]

REMEDY = "register a handler with @tfprune.handles, or leave it unpruned"


def trace(model: keras.Model) -> PruningGraph:
    """Traces which channels of a model belong together.

    Args:
        model: A built functional or `Sequential` model; models nested in it
            are followed.

    Returns:
        The graph: `print` it to see groups, widths, and what is frozen and
        why.

    Raises:
        InvalidInputError: When the model is not a Keras model, is not built,
            or is a subclass whose graph Keras does not know.

    Example:

    ```python
    graph = tfprune.trace(model)
    print(graph)
    ```
    """
    check_traceable(model)
    tracer = _Tracer()
    inputs = [tracer.model_input(tensor) for tensor in model.inputs]
    outputs = tracer.run(model, inputs, prefix="")
    for tensor in outputs:
        tracer.channels.enter(tracer.producer_of(tensor))
        tracer.channels.freeze(tensor.ids, "model output")
    return PruningGraph.build(
        model=model,
        channels=tracer.channels,
        steps=tuple(tracer.steps),
        inputs=tuple(inputs),
        outputs=tuple(outputs),
        nested_inputs=tuple(tracer.nested_inputs.values()),
    )


def check_traceable(model: object) -> None:
    """Refuses what has no graph of layers.

    Raises:
        InvalidInputError: With what was expected and how to mend it.
    """
    if not isinstance(model, keras.Model):
        raise InvalidInputError(
            "Expected a keras.Model. Received: "
            f"{type(model).__module__}.{type(model).__name__}."
        )
    if isinstance(model, keras.Sequential) and not model.built:
        raise InvalidInputError(
            f"Model '{model.name}' is not built, so it has no channels yet. "
            "Give it a keras.Input, or call it once on data."
        )
    if not is_graph(model):
        raise InvalidInputError(
            f"Expected a functional or Sequential model. Model '{model.name}' "
            f"is a {type(model).__name__} without a graph of layers. Build it "
            "with keras.Model(inputs, outputs)."
        )


def is_graph(operation: object) -> bool:
    """Whether Keras knows the layers inside: functional, or Sequential."""
    if isinstance(operation, keras.Sequential):
        return operation._functional is not None
    return isinstance(operation, keras.Model) and hasattr(
        operation, "_nodes_by_depth"
    )


def walk_nodes(model: keras.Model) -> Iterator[Any]:
    """The calls recorded in a model, each after those it depends on."""
    graph = model._functional if isinstance(model, keras.Sequential) else model
    for depth in sorted(graph._nodes_by_depth, reverse=True):
        for node in graph._nodes_by_depth[depth]:
            if not node.is_input:
                yield node


def run_nodes(
    model: keras.Model,
    inputs: Sequence[Any],
    call: Callable[[Any, Arguments, Keywords, Any], Any],
) -> Any:
    """Runs a model's graph with another meaning for its calls.

    Args:
        model: A functional or Sequential model.
        inputs: A stand-in for each input tensor, in the model's order.
        call: Called as `call(operation, args, kwargs, node)`, the tensors
            among the arguments replaced by stand-ins; returns the stand-ins
            of the outputs.

    Returns:
        The stand-ins of the outputs, in the model's output structure.
    """
    graph = model._functional if isinstance(model, keras.Sequential) else model
    values = {id(x): y for x, y in zip(graph.inputs, inputs, strict=True)}
    for node in walk_nodes(model):
        args, kwargs = node.arguments.fill_in(values)
        results = call(node.operation, args, kwargs, node)
        for tensor, result in zip(
            node.outputs, tree.flatten(results), strict=True
        ):
            values[id(tensor)] = result
    return tree.map_structure(lambda x: values[id(x)], graph._outputs_struct)


class _Tracer:
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
            if is_graph(operation):
                self._enter_nested(operation, tensors)
                return self.run(operation, tensors, f"{path}/")
            return self._bind(operation, path, tensors, node)

        return tree.flatten(run_nodes(model, inputs, call))

    def _enter_nested(
        self, model: keras.Model, tensors: Sequence[ChannelTensor]
    ) -> None:
        """Notes the widths of a nested model's inputs; two calls tie them."""
        for inner, tensor in zip(model.inputs, tensors, strict=True):
            _, first = self.nested_inputs.setdefault(id(inner), (inner, tensor))
            self.channels.tie(first.ids, tensor.ids)

    def _tensors(self, arguments: Any) -> list[ChannelTensor]:
        """The tensors among a call's arguments; array constants are frozen."""
        tensors = []
        for leaf in tree.flatten(arguments):
            if isinstance(leaf, ChannelTensor):
                tensors.append(leaf)
            elif is_array(leaf) and tuple(leaf.shape):
                tensors.append(
                    self._frozen_tensor(
                        tuple(leaf.shape),
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
        node: Any,
    ) -> list[ChannelTensor]:
        shapes = [tuple(x.shape)[1:] for x in node.outputs]
        try:
            binding = self._handled(operation, tensors)
            outputs = self._outputs(binding, shapes, path)
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
            known = False
        axes = self._bound_axes(operation, path, binding)
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
            ChannelTensor(
                rectangular(
                    self.channels,
                    _checked(broadcast_rank(out, len(shape)), shape, path),
                ),
                shape,
            )
            for out, shape in zip(outputs, shapes, strict=True)
        ]

    def _bound_axes(
        self, operation: Any, path: str, binding: Binding
    ) -> tuple[BoundAxis, ...]:
        """Resolves weight names; the same axis seen again ties its ids."""
        axes, seen = [], set()
        for axis in binding.axes:
            variable = getattr(operation, axis.weight, None)
            if variable is None:
                continue
            _check_axis(axis, variable, path)
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


def is_array(leaf: object) -> bool:
    """Whether an argument of a call holds numbers that no layer owns."""
    return isinstance(leaf, np.ndarray | keras.Variable) or keras.ops.is_tensor(
        leaf
    )


def _checked(ids: Ids, shape: tuple[int | None, ...], path: str) -> Ids:
    fits = ids.ndim == len(shape) and all(
        have in (1, want) or want is None
        for have, want in zip(ids.shape, shape, strict=True)
    )
    if not fits:
        raise InvalidInputError(
            f"The handler of '{path}' returned ids of shape {ids.shape}, but "
            f"the layer's output has shape {shape} without the batch. Return "
            "one id per channel, size 1 on the other axes."
        )
    return ids


def _check_axis(axis: WeightAxis, variable: Any, path: str) -> None:
    shape = tuple(getattr(variable, "shape", ()))
    if not isinstance(variable, keras.Variable):
        raise InvalidInputError(
            f"The handler of '{path}' names '{axis.weight}', which is no "
            f"weight of the layer but a {type(variable).__name__}."
        )
    if not -len(shape) <= axis.axis < len(shape):
        raise InvalidInputError(
            f"The handler of '{path}' names axis {axis.axis} of "
            f"'{axis.weight}', which has shape {shape}."
        )
    if axis.ids.shape != (shape[axis.axis],):
        raise InvalidInputError(
            f"The handler of '{path}' gives {axis.ids.shape} ids for axis "
            f"{axis.axis} of '{axis.weight}', which has shape {shape}. Give "
            f"one id for each of its {shape[axis.axis]} positions."
        )
    if axis.ids.size and axis.ids.min() < CONSTANT:
        raise InvalidInputError(
            f"The handler of '{path}' gives negative ids for "
            f"'{axis.weight}'. Take ids from the inputs or `channels.new`."
        )
