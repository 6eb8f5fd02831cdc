"""The names that layers of a copy have."""

from collections.abc import Iterable
from typing import Any

import keras
from keras import tree

from tfprune.graph.keras_graph import ancestors


class LayerNames:
    """Names that are taken, and new ones beside them."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, names: Iterable[str]) -> None:
        """Keeps names for layers that have them already."""
        self._taken.update(names)

    def unique(self, path: str) -> str:
        """A layer's name from a path; names hold no slashes."""
        name = base = path.replace("/", ".")
        number = 0
        while name in self._taken:
            number += 1
            name = f"{base}_{number}"
        self._taken.add(name)
        return name


def name_apart(outputs: Any, copies: Iterable[Any]) -> None:
    """Gives new operations other names than what stands beside them.

    Keras counts the operations of a process. A model that was loaded from a
    file may have a layer of the name that it counts to, and Keras makes no
    model of both.

    Args:
        outputs: A structure of symbolic tensors of a model that is being made
            anew, so that its operations are its own.
        copies: Layers and operations that keep their names.
    """
    kept = {id(x) for x in copies}
    found = {
        id(node.operation): node.operation
        for node in ancestors(tree.flatten(outputs))
    }
    new, names = [], LayerNames()
    for operation in found.values():
        if id(operation) in kept or isinstance(operation, keras.layers.Layer):
            names.take([operation.name])
        else:
            new.append(operation)
    for operation in new:
        operation.name = names.unique(operation.name)
