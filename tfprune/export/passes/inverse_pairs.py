"""Operators that undo one another."""

from collections.abc import Callable

import numpy as np

from tfprune.export.flatbuffer.bypass import bypass
from tfprune.export.flatbuffer.model import FlatbufferModel, Operator, Subgraph
from tfprune.export.flatbuffer.numbers import constant_numbers, numbers_of
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.flatbuffer.wiring import Wiring
from tfprune.export.passes.identities import is_alike


def cancel_inverse_pairs(model: FlatbufferModel) -> int:
    """Joins operators that follow each other and undo, or repeat, each other.

    Two transpositions become one, two reshapes the second; integers that
    become floats and the same integers again are left as they are.

    Args:
        model: The model; it is changed.

    Returns:
        How many operators read an earlier tensor than before.

    Example:

    ```python
    changes = cancel_inverse_pairs(model)
    ```
    """
    return sum(cancel_in(subgraph) for subgraph in model.subgraphs)


def cancel_in(subgraph: Subgraph) -> int:
    """Joins what it can of one subgraph; returns how many."""
    count = 0
    wiring = Wiring(subgraph)
    for second in list(subgraph.operators):
        first = wiring.producer(second.inputs[0] if second.inputs else None)
        rule = RULES.get((getattr(first, "name", ""), second.name))
        if first is None or rule is None:
            continue
        if first.is_custom or second.is_custom:
            continue
        if rule(first, second, subgraph, wiring):
            wiring = Wiring(subgraph)
            count += 1
    return count


def join_reshapes(
    first: Operator, second: Operator, subgraph: Subgraph, wiring: Wiring
) -> bool:
    """The second reshape reads what the first one does."""
    source, shape = first.inputs[0], second.outputs[0]
    if source is None or source.is_constant:
        return False
    if source.shape_signature is not None or shape.shape_signature is not None:
        return False
    second.inputs[0] = source
    return True


def join_transpositions(
    first: Operator, second: Operator, subgraph: Subgraph, wiring: Wiring
) -> bool:
    """One transposition in place of two."""
    orders = numbers_of(first.inputs[1]), numbers_of(second.inputs[1])
    source = first.inputs[0]
    if orders[0] is None or orders[1] is None or source is None:
        return False
    if source.is_constant:
        return False
    order = constant_numbers(
        "order", [orders[0][axis] for axis in orders[1]], np.int32
    )
    subgraph.tensors.append(order)
    second.inputs = [source, order]
    return True


def skip_floats(
    first: Operator, second: Operator, subgraph: Subgraph, wiring: Wiring
) -> bool:
    """Integers in place of the same integers by way of floats."""
    source = first.inputs[0]
    if source is None or not is_alike(source, second.outputs[0]):
        return False
    if source.is_constant:
        return False
    return bypass(second, source, subgraph, wiring)


def skip_both(
    first: Operator, second: Operator, subgraph: Subgraph, wiring: Wiring
) -> bool:
    """What an operation that is its own inverse was given."""
    source: Tensor | None = first.inputs[0]
    if source is None or not is_alike(source, second.outputs[0]):
        return False
    if source.is_constant or source.dtype != "FLOAT32":
        return False
    return bypass(second, source, subgraph, wiring)


Rule = Callable[[Operator, Operator, Subgraph, Wiring], bool]

RULES: dict[tuple[str, str], Rule] = {
    ("DEQUANTIZE", "QUANTIZE"): skip_floats,
    ("NEG", "NEG"): skip_both,
    ("RESHAPE", "RESHAPE"): join_reshapes,
    ("TRANSPOSE", "TRANSPOSE"): join_transpositions,
}
