"""Names of operations, which a model has once each."""

from typing import Any

import keras
from keras import tree

from tfprune.graph.keras_graph.history import ancestors


def name_apart(outputs: Any) -> None:
    """Gives operations other names than the layers beside them.

    Keras counts the operations of a process. A model that was loaded from a
    file may have a layer of the name that it counts to, and Keras makes no
    model of both. Layers keep their names.

    Args:
        outputs: A structure of symbolic tensors of a model that is being made
            anew, so that its operations are its own.
    """
    found = {
        id(node.operation): node.operation
        for node in ancestors(tree.flatten(outputs))
    }
    operations = []
    taken = set()
    for operation in found.values():
        if isinstance(operation, keras.layers.Layer):
            taken.add(operation.name)
        else:
            operations.append(operation)
    for operation in operations:
        base, number = operation.name, 0
        while operation.name in taken:
            number += 1
            operation.name = f"{base}_{number}"
        taken.add(operation.name)
