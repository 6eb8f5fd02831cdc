"""One run of a layer's `call` on symbolic tensors."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import keras
from keras import tree
from keras.src import backend
from keras.src.backend.common import global_state
from keras.src.layers.layer import CallContext

from tfprune.graph.keras_graph.calls import (
    Arguments,
    Keywords,
    is_symbolic,
    mask_of,
)
from tfprune.graph.keras_graph.history import ancestors, settle_sparsity
from tfprune.graph.keras_graph.snapshot import Snapshot


def symbolic_call(
    layer: keras.layers.Layer,
    args: Arguments,
    kwargs: Keywords,
    weights: Mapping[int, Any],
    training: bool,
) -> tuple[list[Any], Any, str]:
    """Runs a layer's `call` on symbolic tensors and leaves no trace in it.

    Args:
        layer: A built layer.
        args: Positional arguments of `call`, tensors symbolic.
        kwargs: Keyword arguments.
        weights: Symbolic tensors that stand for variables while it runs, by
            the `id` of the variable.
        training: What `training` is for parts that are not told.

    Returns:
        The nodes that Keras recorded, each after those it depends on, what
        `call` returned, and what else it did, or an empty string.
    """
    parts = layer._flatten_layers()
    snapshot = Snapshot(parts)
    marks = [(x, len(x._inbound_nodes), len(x._outbound_nodes)) for x in parts]
    mixed = layer.compute_dtype != layer.variable_dtype
    scope = backend.AutocastScope(layer.compute_dtype) if mixed else None
    try:
        with (
            Swapped(parts, weights),
            scope or nullcontext(),
            called_from(layer, training),
        ):
            outputs = layer.call(*args, **kwargs)
        used = ancestors(tree.flatten(outputs))
        made = [
            node
            for part, inbound, _ in marks
            for node in part._inbound_nodes[inbound:]
        ]
        results = [x for node in made for x in node.outputs]
        nodes = ancestors([*tree.flatten(outputs), *results])
    finally:
        snapshot.restore()
        for part, inbound, outbound in marks:
            del part._inbound_nodes[inbound:]
            del part._outbound_nodes[outbound:]
    return nodes, outputs, effect(snapshot, made, used)


def effect(snapshot: Snapshot, made: Sequence[Any], used: Sequence[Any]) -> str:
    """What a `call` did besides what its outputs come from.

    Args:
        snapshot: What it found, put back.
        made: The calls of parts that it made.
        used: The calls that its outputs come from.
    """
    if snapshot.changed:
        return "its call changes its own attributes"
    known = {id(x) for x in used}
    idle = [x for x in made if id(x) not in known]
    if idle:
        return f"its call does not use what '{idle[0].operation.name}' returns"
    return ""


@contextmanager
def called_from(layer: keras.layers.Layer, training: bool) -> Iterator[None]:
    """Lets the parts of a layer find themselves called in its `call`."""
    name = "current_call_ctx"
    before = global_state.get_global_attribute(name)
    context = CallContext(entry_layer=layer)
    context.set_value("training", training)
    global_state.set_global_attribute(name, context)
    try:
        yield
    finally:
        global_state.set_global_attribute(name, before)


class Swapped:
    """Puts tensors in the place of variables in what layers hold.

    An operation on a variable alone would be computed at once, and not be
    recorded, nor would the call of a layer on an array alone; both are. While
    a part of the layer finds the shape of its own output, for which Keras may
    run its `call` on real tensors, everything is as it was, and what Keras
    takes for sparse is dense.

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
        for part in self._parts:
            vars(part)["compute_output_spec"] = self._guarded(part)
            if self._places:
                vars(part)["call"] = self._recorded(part)

    def _restore(self) -> None:
        for container, key, old, _ in self._places:
            _store(container, key, old)
        for part in self._parts:
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
            settle_sparsity((args, kwargs))
            try:
                return type(part).compute_output_spec(part, *args, **kwargs)
            finally:
                self._swap()

        return compute_output_spec


def _store(container: Any, key: Any, value: Any) -> None:
    """Sets an item without the bookkeeping of Keras' own containers."""
    kind = list if isinstance(container, list) else dict
    kind.__setitem__(container, key, value)


def stateless_scope(variables: Sequence[Any]) -> Any:
    """A scope in which no variable changes, and some hold other values.

    Args:
        variables: Those that hold other values in it.
    """
    return backend.StatelessScope(
        [(x, x.value * 1.5 + 0.25) for x in variables if "float" in x.dtype],
        collect_losses=True,
    )


def has_mask(tensor: Any) -> bool:
    """Whether a symbolic tensor carries a mask of time steps."""
    return is_symbolic(tensor) and mask_of(tensor) is not None
