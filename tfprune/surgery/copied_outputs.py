"""The shapes of what the layers of a copy return."""

from collections.abc import Sequence
from typing import Any

from keras import tree

from tfprune.errors import InvalidInputError
from tfprune.graph.keras_graph import Call, is_symbolic
from tfprune.surgery.changes import Changes


def output_shapes(
    call: Call, changes: Changes
) -> Sequence[tuple[int | None, ...]]:
    """The shapes that a call's outputs have in the copy."""
    recorded = [tuple(x.shape) for x in call.outputs]
    return changes.outputs.get(id(call.node), recorded)


def check_outputs(call: Call, outputs: Any, changes: Changes) -> None:
    """Refuses a composite layer that tells a wrong shape of its outputs.

    Raises:
        InvalidInputError: When a size is not what the graph says.
    """
    if id(call.node) not in changes.outputs:
        return
    found = [x for x in tree.flatten(outputs) if is_symbolic(x)]
    shapes = output_shapes(call, changes)
    for shape, tensor in zip(shapes, found, strict=True):
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
