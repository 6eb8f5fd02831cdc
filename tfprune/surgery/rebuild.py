"""Builds a model anew with other layer sizes and other weights."""

from collections.abc import Mapping, Sequence
from types import FunctionType, MappingProxyType
from typing import Any

import keras
import numpy as np
from keras import tree

from tfprune.errors import InvalidInputError
from tfprune.graph import PruningGraph
from tfprune.graph.attributes import with_entries
from tfprune.graph.handlers import find_handler
from tfprune.graph.keras_graph import (
    Arguments,
    Call,
    Keywords,
    Visit,
    is_graph,
    is_symbolic,
    renamed,
    replace_layer,
    replace_variable,
    run_nodes,
    walk_nodes,
)
from tfprune.graph.operand import is_array
from tfprune.graph.scope import Scope, parts_of
from tfprune.surgery.changes import Changes
from tfprune.surgery.weight_table import WeightTable

NOTHING = Changes()


def rebuild(graph: PruningGraph, changes: Changes = NOTHING) -> keras.Model:
    """Copies a traced model with some things replaced.

    The copy keeps the names, dtypes, regularizers and nesting of the layers;
    composite layers are taken apart where the graph says so. It is not
    compiled: an optimizer's slots would have the old shapes.

    Args:
        graph: The traced model; it is not changed.
        changes: What the copy has other than the model.

    Returns:
        A new model.

    Raises:
        InvalidInputError: When a layer cannot be made from its config.
    """
    copies = _Copies(graph, changes)
    model = copies.structure(graph.shell, graph.shell.name)
    copies.fill()
    return copies.made(graph.model) or model


class _Copies:
    """The state of one rebuild: what was copied so far."""

    def __init__(self, graph: PruningGraph, changes: Changes) -> None:
        self._graph = graph
        self._changes = changes
        self._copies: dict[int, Any] = {}
        self._pairs: list[tuple[Any, Any]] = []
        self._names: set[str] = set()
        self._tables: list[WeightTable] = []
        self._twins: dict[int, Any] = {}
        self._replaced: set[int] = set()

    def made(self, layer: Any) -> Any:
        """The copy of a layer that stays whole; None if there is none."""
        return self._copies.get(id(layer))

    def structure(self, part: keras.Model, name: str) -> keras.Model:
        """The copy of a functional or Sequential model, under a name."""
        stacked = isinstance(part, keras.Sequential) and not any(
            self._opened(call) for call in calls_of(part)
        )
        if stacked:
            made = [self._copied(layer, "") for layer in part.layers]
            stack = [self._new_input(part.inputs[0]), *made]
            result = keras.Sequential(stack, name=name)
        else:
            result = self._functional(part, name)
        if not part.trainable:
            result.trainable = False
        return result

    def _functional(self, part: keras.Model, name: str) -> keras.Model:
        struct = (
            part.inputs[0] if isinstance(part, keras.Sequential) else part.input
        )
        inputs = tree.map_structure(self._new_input, struct)
        tensors = tree.flatten(inputs)
        visit = self._visit(Scope(), tensors[0], tensors[0])
        outputs = run_nodes(part, tensors, visit)
        return keras.Model(inputs, outputs, name=name)

    def _new_input(self, tensor: Any) -> Any:
        return keras.Input(
            batch_shape=self._changes.shapes.get(id(tensor), tensor.shape),
            dtype=tensor.dtype,
            name=tensor.name,
        )

    def _opened(self, call: Call) -> bool:
        """Whether a call is one of a composite layer that is taken apart."""
        kept = id(call.operation) in self._graph.kept
        return id(call.node) in self._graph.recordings and not kept

    def _visit(self, scope: Scope, anchor: Any, first: Any) -> Visit:
        """Calls the copy of what was called.

        Args:
            scope: The composite layer whose calls these are.
            anchor: An input of the model.
            first: The first tensor that the composite layer is called on.
        """

        def visit(call: Call, args: Arguments, kwargs: Keywords) -> Any:
            operation = call.operation
            if self._opened(call):
                recording = self._graph.recordings[id(call.node)]
                inner = scope.inside(operation, scope.path_of(operation), False)
                tensors = [
                    x for x in tree.flatten((args, kwargs)) if is_symbolic(x)
                ]
                visit_inner = self._visit(inner, anchor, tensors[0])
                outputs = recording.run(tensors, visit_inner)
                found = [x for x in tree.flatten(outputs) if x is not None]
                return [
                    with_sizes(x, shape)
                    for x, shape in zip(found, self._shapes(call), strict=True)
                ]
            path = scope.path_of(operation) if scope.recorded else ""
            args, kwargs = self._arguments(call, args, kwargs, scope, anchor)
            if call.spreads and scope.recorded:
                rank = len(call.outputs[0].shape)
                return spread_over_batch(args[0], first, rank)
            made = self._copied(operation, path, call.entries)
            outputs = made(*args, **kwargs)
            self._check_outputs(call, outputs)
            return outputs

        return visit

    def _shapes(self, call: Call) -> Sequence[tuple[int | None, ...]]:
        """The shapes that a call's outputs have in the copy."""
        recorded = [tuple(x.shape) for x in call.outputs]
        return self._changes.outputs.get(id(call.node), recorded)

    def _check_outputs(self, call: Call, outputs: Any) -> None:
        """Refuses a composite layer that tells a wrong shape of its outputs.

        Raises:
            InvalidInputError: When a size is not what the graph says.
        """
        if id(call.node) not in self._changes.outputs:
            return
        found = [x for x in tree.flatten(outputs) if is_symbolic(x)]
        for shape, tensor in zip(self._shapes(call), found, strict=True):
            sizes = zip(shape[1:], tensor.shape[1:], strict=True)
            if any(None not in pair and pair[0] != pair[1] for pair in sizes):
                layer = call.operation
                raise InvalidInputError(
                    f"Layer '{layer.name}' ({type(layer).__name__}) with "
                    f"channels removed returns shape {tuple(tensor.shape)} in "
                    f"place of {shape}. Let its `call` and "
                    "compute_output_shape() read sizes from tensors, or pass "
                    "flatten=True."
                )

    def _arguments(
        self,
        call: Call,
        args: Arguments,
        kwargs: Keywords,
        scope: Scope,
        anchor: Any,
    ) -> tuple[Arguments, Keywords]:
        """A call's arguments with sizes, arrays and weights of the copy."""

        def replaced(leaf: Any) -> Any:
            if isinstance(leaf, keras.Variable):
                return self._table(leaf, scope, anchor)
            return self._changes.weights.get(id(leaf), leaf)

        new = self._changes.arguments.get(id(call.node), {})
        args = tuple(new.get(index, x) for index, x in enumerate(args))
        kwargs = {name: new.get(name, x) for name, x in kwargs.items()}
        leaves = tree.flatten((args, kwargs))
        if any(is_array(x) for x in leaves):
            args, kwargs = tree.map_structure(replaced, (args, kwargs))
            if not any(is_symbolic(x) for x in leaves):
                args, kwargs = tree.map_structure(
                    lambda x: made_symbolic(x, anchor), (args, kwargs)
                )
        return args, kwargs

    def _table(self, variable: Any, scope: Scope, anchor: Any) -> Any:
        """The value of a composite layer's own weight, as a tensor."""
        for table in self._tables:
            if table.variable is variable and table.anchor is anchor:
                return table.value
        name = scope.names.get(id(variable), variable.name)
        table = WeightTable(
            variable=variable,
            array=self._changes.weights.get(id(variable)),
            anchor=anchor,
            name=self._unique(f"{scope.path}/{name}"),
        )
        self._tables.append(table)
        return table.value

    def _copied(
        self,
        operation: Any,
        path: str,
        entries: Mapping[str, Any] = MappingProxyType({}),
    ) -> Any:
        """The copy of a layer, a nested model or an operation."""
        key = id(operation)
        if key not in self._copies:
            entries = {**entries, **self._changes.configs.get(key, {})}
            if path:
                entries["name"] = self._unique(path)
            if is_graph(operation):
                name = entries.get("name", operation.name)
                self._copies[key] = self.structure(operation, name)
                return self._copies[key]
            if key in self._graph.kept:
                self._copies[key] = self._whole(operation)
                return self._copies[key]
            made = self._changes.substitutes.get(key)
            if made is None:
                made = resized(operation, entries)
            self._copies[key] = made
            self._pairs.append((operation, made))
        return self._copies[key]

    def _whole(self, layer: Any) -> Any:
        """The copy of a composite layer as an object of the same class.

        It is made and built as the original was; then its parts are replaced
        by their copies, which are built when it is called again.
        """
        recording = next(
            x for x in self._graph.recordings.values() if x.layer is layer
        )
        copy = resized(layer, {})
        args, kwargs = tree.map_structure(
            lambda x: (
                keras.KerasTensor(x.shape, x.dtype) if is_symbolic(x) else x
            ),
            recording.arguments,
        )
        copy(*args, **kwargs)
        self._replace_parts(layer, copy)
        return copy

    def _replace_parts(self, layer: Any, copy: Any) -> None:
        if self._twins.setdefault(id(layer), copy) is not copy:
            raise InvalidInputError(
                f"Layer '{layer.name}' is shared, but the model made from its "
                "config has two of it. Make it once in __init__."
            )
        if id(layer) in self._replaced:
            return
        self._replaced.add(id(layer))
        parts = dict(parts_of(copy))
        for name, part in parts_of(layer):
            twin = parts.get(name)
            if type(twin) is not type(part):
                raise InvalidInputError(
                    f"Layer '{layer.name}' ({type(layer).__name__}) made from "
                    f"its config has no '{name}'. Let get_config() return all "
                    "that __init__ needs to make the same parts."
                )
            if isinstance(part, keras.Variable):
                array = self._changes.weights.get(id(part))
                if array is None:
                    array = keras.ops.convert_to_numpy(part)
                replace_variable(copy, twin, array)
            elif is_graph(part) or find_handler(part) is not None:
                made = self._copied(part, "")
                if not made.built and self._reads_weights_of(part):
                    build_alike(made, part)
                replace_layer(copy, twin, made)
            else:
                self._replace_parts(part, twin)

    def _reads_weights_of(self, part: Any) -> bool:
        """Whether an operation uses the weights of a layer directly."""
        read = {
            id(weight)
            for step in self._graph.steps
            if not isinstance(step.operation, keras.layers.Layer)
            for weight in step.weights
        }
        return any(id(weight) in read for weight in part.weights)

    def fill(self) -> None:
        """Gives every copied layer its weights."""
        for table in self._tables:
            table.fill()
        for original, layer in self._pairs:
            new = self._changes.added.get(id(original), {})
            for name, array in new.items():
                getattr(layer, name).assign(array)
            fill(original, layer, self._changes.weights, skip=tuple(new))

    def _unique(self, path: str) -> str:
        """A layer's name from a path; names hold no slashes."""
        name = base = path.replace("/", ".")
        number = 0
        while name in self._names:
            number += 1
            name = f"{base}_{number}"
        self._names.add(name)
        return name


def spread_over_batch(value: Any, other: Any, rank: int) -> Any:
    """Repeats a tensor once for each example of another.

    Args:
        value: What to repeat, of size 1 on the batch axis or without it.
        other: A tensor with the batch axis.
        rank: Rank of the result.
    """
    place = (slice(None), *[slice(0, 1)] * (len(other.shape) - 1))
    examples = keras.ops.reshape(other[place], (-1, *[1] * (rank - 1)))
    return value + keras.ops.zeros_like(examples, dtype=value.dtype)


def made_symbolic(leaf: Any, anchor: Any) -> Any:
    """An array as a tensor of the model, so that what reads it is recorded.

    Args:
        leaf: Any argument of a call; what is no array is returned.
        anchor: An input of the model.
    """
    if not is_array(leaf):
        return leaf
    first = (slice(0, 1), *[0] * (len(anchor.shape) - 1))
    zero = keras.ops.zeros_like(anchor, dtype=leaf.dtype)[first]
    shape = [1] * max(len(leaf.shape), 1)
    return leaf + keras.ops.reshape(zero, shape)


def with_sizes(tensor: Any, shape: Sequence[int | None]) -> Any:
    """A tensor with sizes that its layer knew, but its parts do not."""
    unknown = [
        want is not None and have is None
        for have, want in zip(tensor.shape[1:], shape[1:], strict=True)
    ]
    if not any(unknown) or None in shape[1:]:
        return tensor
    return keras.ops.reshape(tensor, (-1, *shape[1:]))


def calls_of(part: keras.Model) -> list[Call]:
    """The calls of a functional or Sequential model."""
    return [Call(node) for node in walk_nodes(part)]


def resized(operation: Any, entries: Mapping[str, Any]) -> Any:
    """A layer or operation made from its config, some entries replaced.

    Functions are handed on as they are: the copy lives beside the original,
    so they need no name to be found by.
    """
    kind = type(operation)
    layer = isinstance(operation, keras.layers.Layer)
    if not layer and set(entries) <= {"name"}:
        return renamed(operation, entries)
    try:
        config = operation.get_config()
        functions = {
            name: value
            for name, value in vars(operation).items()
            if name in config and isinstance(value, FunctionType)
        }
        config = with_entries({**config, **functions}, entries)
        if isinstance(operation, keras.layers.Lambda):
            return kind(**config)
        return kind.from_config(config)
    except (NotImplementedError, TypeError, ValueError) as error:
        raise InvalidInputError(
            f"Layer '{operation.name}' ({kind.__name__}) cannot be copied from "
            "its config. Give it a get_config() method, and register what it "
            "holds with keras.saving.register_keras_serializable."
        ) from error


def build_alike(layer: Any, original: Any) -> None:
    """Builds a layer that nothing has called as its original was built."""
    layer.build_from_config(original.get_build_config())


def fill(
    original: Any,
    layer: Any,
    weights: Mapping[int, np.ndarray],
    skip: tuple[str, ...],
) -> None:
    """Gives a copied layer its weights, but for the attributes to skip."""
    if getattr(original, "built", False) and not layer.built:
        # Nothing called it: its weights are used by another layer.
        build_alike(layer, original)
    skipped = {id(getattr(layer, name)) for name in skip}
    targets = [x for x in getattr(layer, "weights", ()) if id(x) not in skipped]
    for old, new in zip(getattr(original, "weights", ()), targets, strict=True):
        array = weights.get(id(old), old)
        if tuple(array.shape) != tuple(new.shape):
            replace_variable(layer, new, keras.ops.convert_to_numpy(array))
        else:
            new.assign(array)
    # Normalization computes what it uses from its weights when it loads them.
    if hasattr(layer, "finalize_state"):
        layer.finalize_state()
