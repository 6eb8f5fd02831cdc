"""The graph that Keras records; the one reader of its private parts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import copy
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
    """

    node: Any
    twin: Any = None
    dropped: frozenset[str] = frozenset()
    entries: Mapping[str, Any] = field(
        default_factory=lambda: MappingProxyType({})
    )
    spreads: bool = False

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
    return run_calls(
        [Call(node) for node in walk_nodes(model)],
        graph.inputs,
        graph._outputs_struct,
        inputs,
        visit,
    )


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


def symbolic_call(
    layer: keras.layers.Layer,
    args: Arguments,
    kwargs: Keywords,
    weights: Mapping[int, Any],
) -> tuple[list[Any], Any]:
    """Runs a layer's `call` on symbolic tensors and leaves no trace in it.

    Args:
        layer: A built layer.
        args: Positional arguments of `call`, tensors symbolic.
        kwargs: Keyword arguments.
        weights: Symbolic tensors that stand for variables while it runs, by
            the `id` of the variable.

    Returns:
        The nodes that Keras recorded, each after those it depends on, and
        what `call` returned.
    """
    parts = layer._flatten_layers()
    marks = [(x, len(x._inbound_nodes), len(x._outbound_nodes)) for x in parts]
    mixed = layer.compute_dtype != layer.variable_dtype
    scope = backend.AutocastScope(layer.compute_dtype) if mixed else None
    try:
        with Swapped(parts, weights), scope or nullcontext():
            outputs = layer.call(*args, **kwargs)
        return ancestors(tree.flatten(outputs)), outputs
    finally:
        for part, inbound, outbound in marks:
            del part._inbound_nodes[inbound:]
            del part._outbound_nodes[outbound:]


class Swapped:
    """Puts tensors in the place of variables in what layers hold.

    An operation on a variable alone would be computed at once, and not be
    recorded, nor would the call of a layer on an array alone; both are. While
    a part of the layer finds the shape of its own output, for which Keras may
    run its `call` on real tensors, everything is as it was.

    Args:
        layers: A layer and all of its parts.
        replacements: The tensors, by the `id` of the variable.
    """

    def __init__(
        self, layers: Sequence[Any], replacements: Mapping[int, Any]
    ) -> None:
        self._parts = layers[1:]
        self._places: list[tuple[Any, Any, Any, Any]] = []
        for layer in layers if replacements else ():
            held = vars(layer)
            stores = ("_trainable_variables", "_non_trainable_variables")
            keys = [x for x in held if x not in stores]
            self._find(held, keys, replacements)

    def _find(
        self,
        container: Any,
        keys: Sequence[Any],
        replacements: Mapping[int, Any],
    ) -> None:
        for key in keys:
            value = container[key]
            if id(value) in replacements:
                new = replacements[id(value)]
                self._places.append((container, key, value, new))
            elif isinstance(value, list):
                self._find(value, range(len(value)), replacements)
            elif isinstance(value, dict):
                self._find(value, list(value), replacements)

    def __enter__(self) -> None:
        self._swap()

    def __exit__(self, *error: object) -> None:
        self._restore()

    def _swap(self) -> None:
        for container, key, _, new in self._places:
            _store(container, key, new)
        for part in self._parts if self._places else ():
            vars(part)["compute_output_spec"] = self._guarded(part)
            vars(part)["call"] = self._recorded(part)

    def _restore(self) -> None:
        for container, key, old, _ in self._places:
            _store(container, key, old)
        for part in self._parts if self._places else ():
            vars(part).pop("compute_output_spec", None)
            vars(part).pop("call", None)

    def _recorded(self, part: Any) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            # A layer's own method leaves the recording to `__call__`.
            return keras.Operation.symbolic_call(part, *args, **kwargs)

        return call

    def _guarded(self, part: Any) -> Callable[..., Any]:
        def compute_output_spec(*args: Any, **kwargs: Any) -> Any:
            self._restore()
            try:
                return type(part).compute_output_spec(part, *args, **kwargs)
            finally:
                self._swap()

        return compute_output_spec


def _store(container: Any, key: Any, value: Any) -> None:
    """Sets an item without the bookkeeping of Keras' own containers."""
    kind = list if isinstance(container, list) else dict
    kind.__setitem__(container, key, value)


def perturbed(variables: Sequence[Any]) -> AbstractContextManager[Any]:
    """A scope in which variables hold other values."""
    return backend.StatelessScope(
        [(x, x.value * 1.5 + 0.25) for x in variables if "float" in x.dtype]
    )


def ancestors(tensors: Sequence[Any]) -> list[Any]:
    """The nodes that tensors come from, each after those it depends on."""
    order: list[Any] = []
    seen: set[int] = set()
    stack = [(node, False) for x in tensors for node in producers_of([x])]
    while stack:
        node, expanded = stack.pop()
        if expanded:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack += [(x, False) for x in producers_of(node.input_tensors)]
    return order


def producers_of(tensors: Sequence[Any]) -> list[Any]:
    """The nodes that returned some symbolic tensors."""
    nodes = []
    for tensor in tensors:
        history = getattr(tensor, "_keras_history", None)
        if history is not None and history.operation is not None:
            nodes.append(history.operation._inbound_nodes[history.node_index])
    return nodes


def build_shapes(model: keras.Model) -> dict[str, Any] | None:
    """The shapes that a model was built with, by argument of `call`."""
    shapes = model._build_shapes_dict
    return dict(shapes) if shapes else None


def shell_of(model: keras.Model, inputs: Any) -> keras.Model:
    """A functional model that calls a model on inputs, without a trace in it.

    Args:
        model: A subclassed model.
        inputs: A structure of `keras.Input`s.
    """
    mark = len(model._inbound_nodes)
    shell = keras.Model(inputs, model(inputs), name=model.name)
    del model._inbound_nodes[mark:]
    return shell


def renamed(operation: Any, entries: Mapping[str, Any]) -> Any:
    """A copy of an operation that no call of it is recorded in."""
    result = copy(operation)
    vars(result).update(entries, _inbound_nodes=[], _outbound_nodes=[])
    return result


def replace_layer(owner: keras.layers.Layer, old: Any, new: Any) -> None:
    """Puts a layer in the place of another in the layer that holds it."""
    _replace_tracked(owner, "layers", old, new)
    _replace_attribute(owner, old, new)


def replace_variable(owner: keras.layers.Layer, old: Any, array: Any) -> None:
    """Puts a variable of another shape in the place of one of a layer's.

    Args:
        owner: The layer.
        old: Its variable.
        array: What the new one holds.
    """
    new = keras.Variable(
        array, dtype=old.dtype, trainable=old.trainable, name=old.name
    )
    for store in ("trainable_variables", "non_trainable_variables"):
        _replace_tracked(owner, store, old, new)
    _replace_attribute(owner, old, new)


def _replace_tracked(owner: Any, store: str, old: Any, new: Any) -> None:
    """Puts one part of a layer in the place of another, by identity."""
    tracker = owner._tracker
    if tracker.is_in_store(store, old):
        kept = tracker.config[store][1]
        place = [x is old for x in kept].index(True)
        kept[place] = new
        tracker.stored_ids[store].remove(id(old))
        tracker.stored_ids[store].add(id(new))


def _replace_attribute(owner: Any, old: Any, new: Any) -> None:
    for name, value in list(vars(owner).items()):
        if value is old:
            setattr(owner, name, new)
        else:
            _replace_item(value, old, new)


def _replace_item(container: Any, old: Any, new: Any) -> None:
    if isinstance(container, list):
        for index, item in enumerate(container):
            if item is old:
                container[index] = new
            else:
                _replace_item(item, old, new)
    elif isinstance(container, dict):
        for key, item in container.items():
            if item is old:
                container[key] = new
            else:
                _replace_item(item, old, new)


def own_variables(layer: keras.layers.Layer) -> list[Any]:
    """The variables of a layer that are not those of its parts."""
    return [*layer._trainable_variables, *layer._non_trainable_variables]


def has_mask(tensor: Any) -> bool:
    """Whether a symbolic tensor carries a mask of time steps."""
    return is_symbolic(tensor) and backend.get_keras_mask(tensor) is not None
