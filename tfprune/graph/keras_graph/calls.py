"""The calls that Keras records, and running them with another meaning."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias

import keras
from keras import tree
from keras.src import backend
from keras.src.models.functional import Functional

Arguments: TypeAlias = tuple[Any, ...]
Keywords: TypeAlias = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Call:
    """One recorded call of a layer or an operation.

    Attributes:
        node: What Keras recorded.
        twin: The same call recorded with other sizes; None outside of `call`.
        dropped: Keyword arguments that only pass on `training`.
        entries: Config entries that make the operation independent of the
            sizes that it was recorded with.
        spreads: Whether it repeats something once for each example.
        settled: Whether it is given the same numbers for other sizes.
    """

    node: Any
    twin: Any = None
    dropped: frozenset[str] = frozenset()
    entries: Mapping[str, Any] = field(
        default_factory=lambda: MappingProxyType({})
    )
    spreads: bool = False
    settled: bool = True

    @property
    def operation(self) -> Any:
        """The layer or operation."""
        return self.node.operation

    @property
    def outputs(self) -> list[Any]:
        """The symbolic tensors that it returned."""
        return list(self.node.outputs)

    @property
    def inputs(self) -> list[Any]:
        """The symbolic tensors among its arguments."""
        return list(self.node.input_tensors)

    def arguments(
        self, values: Mapping[int, Any]
    ) -> tuple[Arguments, Keywords]:
        """The arguments with tensors replaced.

        Args:
            values: What stands for a tensor, by its `id`.
        """
        args, kwargs = self.node.arguments.fill_in(values)
        if self.dropped:
            kwargs = {k: v for k, v in kwargs.items() if k not in self.dropped}
        return args, kwargs


Visit: TypeAlias = Callable[[Call, Arguments, Keywords], Any]
"""Gives a call another meaning: from its arguments to its outputs."""


def is_graph(operation: object) -> bool:
    """Whether an object computes just what Keras' graph of it says.

    Functional and built Sequential models do, and subclasses of them that
    leave `call` alone.
    """
    call = getattr(type(operation), "call", None)
    if isinstance(operation, keras.Sequential):
        built = operation._functional is not None
        return built and call is keras.Sequential.call
    return isinstance(operation, Functional) and call is Functional.call


def graph_of(model: keras.Model) -> Any:
    """The functional model that computes what a model does."""
    return model._functional if isinstance(model, keras.Sequential) else model


def walk_nodes(model: keras.Model) -> Iterator[Any]:
    """The calls recorded in a model, each after those it depends on."""
    graph = graph_of(model)
    for depth in sorted(graph._nodes_by_depth, reverse=True):
        for node in graph._nodes_by_depth[depth]:
            if not node.is_input:
                yield node


def run_nodes(model: keras.Model, inputs: Sequence[Any], visit: Visit) -> Any:
    """Runs a model's graph with another meaning for its calls.

    Args:
        model: A functional or Sequential model.
        inputs: A stand-in for each input tensor, in the model's order.
        visit: Called for each call, the tensors among its arguments replaced
            by stand-ins; returns the stand-ins of the outputs.

    Returns:
        The stand-ins of the outputs, in the model's output structure.
    """
    graph = graph_of(model)
    calls = recorded_calls(model)
    return run_calls(calls, graph.inputs, graph._outputs_struct, inputs, visit)


def recorded_calls(model: keras.Model) -> list[Call]:
    """The calls of a model that its outputs depend on.

    Keras records the masks of time steps that it passes on by itself, and the
    operations that compute them. It does so again for a copy, so these are
    left out.
    """
    needed = {id(x) for x in graph_of(model).outputs}
    calls = []
    for node in reversed(list(walk_nodes(model))):
        if any(id(x) in needed for x in node.outputs):
            call = Call(node, dropped=automatic_masks(node))
            calls.append(call)
            args, kwargs = call.arguments({id(x): x for x in call.inputs})
            leaves = tree.flatten((args, kwargs))
            needed |= {id(x) for x in leaves if is_symbolic(x)}
    return calls[::-1]


def automatic_masks(node: Any) -> frozenset[str]:
    """The masks among a call's arguments that Keras found by itself."""
    operation, kwargs = node.operation, node.arguments.kwargs
    if not type(operation).__module__.startswith("keras."):
        # What a user's `call` does with a mask is to be followed.
        return frozenset()
    carried = {id(mask_of(x)) for x in node.input_tensors} - {id(None)}
    return frozenset(
        name
        for name, value in kwargs.items()
        if name.endswith("mask")
        and value is not None
        and all(x is None or id(x) in carried for x in tree.flatten(value))
    )


def mask_of(tensor: Any) -> Any:
    """The mask of time steps that a symbolic tensor carries, or None."""
    return backend.get_keras_mask(tensor)


def run_calls(
    calls: Sequence[Call],
    tensors: Sequence[Any],
    outputs: Any,
    inputs: Sequence[Any],
    visit: Visit,
) -> Any:
    """Runs calls with another meaning.

    Args:
        calls: The calls, each after those it depends on.
        tensors: The tensors that they start from.
        outputs: The structure of tensors that they end in.
        inputs: A stand-in for each of `tensors`.
        visit: As in `run_nodes`.

    Returns:
        The stand-ins in the structure of `outputs`.
    """
    values = {id(x): y for x, y in zip(tensors, inputs, strict=True)}
    for call in calls:
        results = visit(call, *call.arguments(values))
        for tensor, result in zip(
            call.outputs, tree.flatten(results), strict=True
        ):
            values[id(tensor)] = result
    return tree.map_structure(
        lambda x: values[id(x)] if is_symbolic(x) else x, outputs
    )


def is_symbolic(x: object) -> bool:
    """Whether an object is a symbolic tensor."""
    return isinstance(x, keras.KerasTensor)
