"""Layers that a copy of a model calls besides."""

from collections.abc import Mapping
from itertools import count
from typing import Any

from keras import tree

from tfprune.graph.keras_graph import Arguments, Call, Keywords, is_symbolic


class Insertions:
    """Calls layers on what goes into the calls of a model.

    A tensor that goes into several calls passes a layer once for all.

    Args:
        inserted: For calls, by the `id` of their nodes, the layers by the
            number of the tensor among the symbolic arguments.
    """

    def __init__(self, inserted: Mapping[int, Mapping[int, Any]]) -> None:
        self._inserted = inserted
        self._passed: dict[tuple[int, int], tuple[Any, Any]] = {}

    def __contains__(self, call: Call) -> bool:
        return id(call.node) in self._inserted

    def before(
        self, call: Call, args: Arguments, kwargs: Keywords
    ) -> tuple[Arguments, Keywords]:
        """A call's arguments, behind the layers that are put before it."""
        if call not in self:
            return args, kwargs
        inserted, number = self._inserted[id(call.node)], count()

        def passed(leaf: Any) -> Any:
            layer = inserted.get(next(number)) if is_symbolic(leaf) else None
            return leaf if layer is None else self._through(layer, leaf)

        return tree.map_structure(passed, (args, kwargs))

    def _through(self, layer: Any, tensor: Any) -> Any:
        key = (id(layer), id(tensor))
        if key not in self._passed:
            # The tensor is kept, so that its `id` stays its own.
            self._passed[key] = (tensor, layer(tensor))
        return self._passed[key][1]
