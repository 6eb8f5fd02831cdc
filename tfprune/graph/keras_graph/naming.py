"""Names of operations, which a model has once each."""

from collections.abc import Iterable
from typing import Any

import keras
from keras import tree

from tfprune.graph.keras_graph.history import ancestors


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
    new = []
    taken = set()
    for operation in found.values():
        if id(operation) in kept or isinstance(operation, keras.layers.Layer):
            taken.add(operation.name)
        else:
            new.append(operation)
    for operation in new:
        base, number = operation.name, 0
        while operation.name in taken:
            number += 1
            operation.name = f"{base}_{number}"
        taken.add(operation.name)
