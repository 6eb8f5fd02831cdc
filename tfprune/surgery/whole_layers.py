"""Copies of composite layers that stay objects of the user's classes."""

from collections.abc import Callable
from typing import Any

import keras
from keras import tree

from tfprune.errors import InvalidInputError
from tfprune.graph import PruningGraph
from tfprune.graph.handlers import find_handler
from tfprune.graph.keras_graph import (
    Arguments,
    Keywords,
    is_graph,
    is_symbolic,
    replace_layer,
    replace_variable,
)
from tfprune.graph.operand import is_array
from tfprune.graph.scope import parts_of
from tfprune.graph.step import Step
from tfprune.surgery.changes import Changes
from tfprune.surgery.copied_layer import resized


class WholeLayers:
    """Copies composite layers as objects, and resizes what they hold.

    A copy is made and built as the original was; then its parts are replaced
    by copies of the original's, built for what they will be called on: a
    `call` may read the weights of a part before it calls it.

    Args:
        graph: The traced model.
        changes: What the copies have other than the originals.
        copied: Copies a layer that a handler knows, or a functional model.
        called: Calls such a copy, given the original, the copy, and the
            arguments.
    """

    def __init__(
        self,
        graph: PruningGraph,
        changes: Changes,
        copied: Callable[[Any], Any],
        called: Callable[[Any, Any, Arguments, Keywords], Any],
    ) -> None:
        self._changes = changes
        self._copied = copied
        self._called = called
        self._recordings = {id(x.layer): x for x in graph.recordings.values()}
        self._steps: dict[int, Step] = {}
        for step in graph.steps:
            self._steps.setdefault(id(step.operation), step)
        self._twins: dict[int, Any] = {}
        self._replaced: set[int] = set()

    def copy(self, layer: Any) -> Any:
        """The copy of a composite layer.

        Raises:
            InvalidInputError: When its config does not make the same parts.
        """
        made = resized(layer, {})
        args, kwargs = tree.map_structure(
            unbatched, self._recordings[id(layer)].arguments
        )
        made(*args, **kwargs)
        self._replace_parts(layer, made)
        return made

    def _replace_parts(self, layer: Any, made: Any) -> None:
        if self._twins.setdefault(id(layer), made) is not made:
            raise InvalidInputError(
                f"Layer '{layer.name}' is shared, but the model made from its "
                "config has two of it. Make it once in __init__."
            )
        if id(layer) in self._replaced:
            return
        self._replaced.add(id(layer))
        # It would name the sizes that the layer was built with.
        made.input_spec = None
        twins = dict(parts_of(made))
        for name, part in parts_of(layer):
            twin = twins.get(name)
            if type(twin) is not type(part):
                raise InvalidInputError(
                    f"Layer '{layer.name}' ({type(layer).__name__}) made from "
                    f"its config has no '{name}'. Let get_config() return all "
                    "that __init__ needs to make the same parts."
                )
            self._replace(part, twin, made)

    def _replace(self, part: Any, twin: Any, owner: Any) -> None:
        """Puts the copy of a part in the place of its twin."""
        if isinstance(part, keras.Variable):
            array = self._changes.weights.get(id(part))
            if array is None:
                array = keras.ops.convert_to_numpy(part)
            replace_variable(owner, twin, array)
        elif is_graph(part) or find_handler(part) is not None:
            made = self._copied(part)
            if not made.built and id(part) in self._steps:
                self._build(part, made)
            replace_layer(owner, twin, made)
        else:
            self._replace_parts(part, twin)

    def _build(self, part: Any, made: Any) -> None:
        """Builds the copy of a part for the first call of the part."""
        step = self._steps[id(part)]
        node = step.node
        shapes = iter(
            self._changes.inputs.get(
                id(node), [x.full_shape for x in step.inputs]
            )
        )

        def new(leaf: Any) -> Any:
            if is_symbolic(leaf):
                return keras.KerasTensor(next(shapes), leaf.dtype)
            if is_array(leaf) and tuple(leaf.shape):
                next(shapes)
            return leaf

        arguments = node.arguments.args, node.arguments.kwargs
        args, kwargs = tree.map_structure(new, arguments)
        self._called(part, made, args, kwargs)


def unbatched(leaf: Any) -> Any:
    """A symbolic argument with an open batch axis; others as they are."""
    if not is_symbolic(leaf):
        return leaf
    return keras.KerasTensor((None, *leaf.shape[1:]), leaf.dtype)
