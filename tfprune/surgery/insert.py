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
        sources: For such layers, by `id`, one that is called on an input of
            the model, and whose result they are given besides.
    """

    def __init__(
        self,
        inserted: Mapping[int, Mapping[int, Any]],
        sources: Mapping[int, Any],
    ) -> None:
        self._inserted = inserted
        self._sources = sources
        self._passed: dict[tuple[int, int], tuple[Any, Any]] = {}

    def __contains__(self, call: Call) -> bool:
        return id(call.node) in self._inserted

    def before(
        self, call: Call, args: Arguments, kwargs: Keywords, anchor: Any
    ) -> tuple[Arguments, Keywords]:
        """A call's arguments, behind the layers that are put before it.

        Args:
            call: The call.
            args: Its positional arguments.
            kwargs: Its keyword arguments.
            anchor: An input of the model.
        """
        if call not in self:
            return args, kwargs
        inserted, number = self._inserted[id(call.node)], count()

        def passed(leaf: Any) -> Any:
            layer = inserted.get(next(number)) if is_symbolic(leaf) else None
            if layer is None:
                return leaf
            source = self._sources.get(id(layer))
            if source is None:
                return self._through(layer, leaf)
            return self._through(layer, leaf, self._through(source, anchor))

        return tree.map_structure(passed, (args, kwargs))

    def _through(self, layer: Any, tensor: Any, *others: Any) -> Any:
        key = (id(layer), id(tensor))
        if key not in self._passed:
            # The tensor is kept, so that its `id` stays its own.
            self._passed[key] = (tensor, layer(tensor, *others))
        return self._passed[key][1]
