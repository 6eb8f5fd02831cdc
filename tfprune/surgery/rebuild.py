"""Builds a model anew with other layer sizes and other weights."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import keras
from keras import tree

from tfprune.graph import PruningGraph
from tfprune.graph.flattening import trains_in_its_own_way
from tfprune.graph.keras_graph import (
    Arguments,
    Call,
    Keywords,
    Visit,
    build_holding,
    is_graph,
    is_symbolic,
    recorded_calls,
    run_nodes,
    settle_sparsity,
)
from tfprune.graph.recording import check_same_calls
from tfprune.graph.scope import Scope
from tfprune.surgery.changes import Changes
from tfprune.surgery.copied_arguments import CopiedArguments
from tfprune.surgery.copied_layer import (
    fill,
    holding,
    is_filled_when_built,
    resized,
)
from tfprune.surgery.copied_outputs import check_outputs, output_shapes
from tfprune.surgery.insert import Insertions
from tfprune.surgery.layer_names import LayerNames, name_apart
from tfprune.surgery.stand_ins import (
    cast_like,
    spread_over_batch,
    with_sizes,
)
from tfprune.surgery.whole_layers import WholeLayers

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
        self._names = LayerNames()
        self._arguments = CopiedArguments(changes, self._names)
        self._filled: set[int] = set()
        self._insertions = Insertions(changes.inserted, changes.sources)
        self._whole = WholeLayers(
            graph, changes, lambda part: self._copied(part, ""), self._called
        )

    def made(self, layer: Any) -> Any:
        """The copy of a layer that stays whole; None if there is none."""
        return self._copies.get(id(layer))

    def structure(self, part: keras.Model, name: str) -> keras.Model:
        """The copy of a functional or Sequential model, under a name."""
        stacked = isinstance(part, keras.Sequential) and not any(
            self._opened(call)
            or self._changes.rewires(id(call.node))
            or call in self._insertions
            for call in recorded_calls(part)
        )
        if stacked:
            made = [
                self._copied(layer, "")
                for layer in part.layers
                if id(layer) not in self._changes.bypassed
            ]
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
        self._names.take(x.operation.name for x in recorded_calls(part))
        visit = self._visit(Scope(), tensors[0], tensors[0])
        outputs = run_nodes(part, tensors, visit)
        name_apart(outputs, self._copies.values())
        kind = type(part) if trains_in_its_own_way(part) else keras.Model
        return kind(inputs, outputs, name=name)

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
            if id(operation) in self._changes.bypassed:
                return args[0]
            args, kwargs = self._insertions.before(call, args, kwargs, anchor)
            shortcut = self._changes.shortcuts.get(id(call.node))
            if shortcut is not None:
                found = tree.flatten((args, kwargs))
                return shortcut.of([x for x in found if is_symbolic(x)])
            if self._opened(call):
                recording = self._graph.recordings[id(call.node)]
                inner = scope.inside(operation, scope.path_of(operation), False)
                found = tree.flatten((args, kwargs))
                tensors = [
                    cast_like(x, recorded)
                    for x, recorded in zip(
                        filter(is_symbolic, found),
                        recording.inputs,
                        strict=True,
                    )
                ]
                visit_inner = self._visit(inner, anchor, tensors[0])
                outputs = recording.run(tensors, visit_inner)
                found = [x for x in tree.flatten(outputs) if x is not None]
                shapes = output_shapes(call, self._changes)
                return [
                    with_sizes(x, shape)
                    for x, shape in zip(found, shapes, strict=True)
                ]
            path = scope.path_of(operation) if scope.recorded else ""
            args, kwargs = self._arguments.of(call, args, kwargs, scope, anchor)
            if call.spreads and scope.recorded:
                rank = len(call.outputs[0].shape)
                return spread_over_batch(args[0], first, rank)
            made = self._copied(operation, path, call.entries)
            if id(call.node) in self._changes.read:
                read = self._changes.read[id(call.node)]
                args = (keras.ops.take(args[0], read, axis=-1), *args[1:])
            lowering = self._changes.lowerings.get(id(call.node))
            if lowering is not None:
                return lowering.call(
                    lambda x: self._called(operation, made, (x,), {}), args[0]
                )
            outputs = self._called(operation, made, args, kwargs)
            settle_sparsity(outputs)
            check_outputs(call, outputs, self._changes)
            if id(operation) in self._graph.kept and self._changes.outputs:
                found = filter(is_symbolic, tree.flatten((args, kwargs)))
                recording = self._graph.recordings[id(call.node)]
                check_same_calls(recording, made, list(found))
            return outputs

        return visit

    def _called(
        self, original: Any, made: Any, args: Arguments, kwargs: Keywords
    ) -> Any:
        """Calls a copy, which gets its weights if this is what builds it."""
        if not is_filled_when_built(made):
            return made(*args, **kwargs)
        self._filled.add(id(made))
        added = self._changes.added.get(id(original), {})
        arrays = [
            *(self._changes.weights.get(id(x), x) for x in original.weights),
            *added.values(),
        ]
        return build_holding(made, lambda: made(*args, **kwargs), arrays)

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
                entries["name"] = self._names.unique(path)
            if is_graph(operation):
                name = entries.get("name", operation.name)
                self._copies[key] = self.structure(operation, name)
                return self._copies[key]
            if key in self._graph.kept:
                self._copies[key] = self._whole.copy(operation)
                return self._copies[key]
            if key in self._graph.step_models:
                self._copies[key] = self._distributed(operation, entries)
                return self._copies[key]
            made = self._changes.substitutes.get(key)
            if made is None:
                made = resized(operation, entries)
            self._copies[key] = made
            self._pairs.append((operation, made))
        return self._copies[key]

    def _distributed(self, layer: Any, entries: Mapping[str, Any]) -> Any:
        """The copy of a layer that runs a model at each time step."""
        model = self._graph.step_models[id(layer)]
        if model is layer.layer:
            part = self._copied(model, "")
        else:
            part = self.structure(model, model.name)
            part = self.made(layer.layer) or part
        return holding(layer, part, entries)

    def fill(self) -> None:
        """Gives every copied layer its weights."""
        self._arguments.fill()
        for original, layer in self._pairs:
            if id(layer) in self._filled:
                continue
            new = self._changes.added.get(id(original), {})
            for name, array in new.items():
                getattr(layer, name).assign(array)
            fill(original, layer, self._changes.weights, skip=tuple(new))
