"""Operators that change nothing."""

from collections.abc import Callable

import numpy as np

from tfprune.export.flatbuffer.bypass import bypass
from tfprune.export.flatbuffer.model import FlatbufferModel, Operator, Subgraph
from tfprune.export.flatbuffer.numbers import numbers_of
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.flatbuffer.wiring import Wiring


def remove_identities(model: FlatbufferModel) -> int:
    """Removes operators that return what they are given.

    A reshape to the same shape, a transposition that moves no axis, padding
    by nothing, a slice of everything, a product with one, a rescaling to the
    same scale.

    Args:
        model: The model; it is changed.

    Returns:
        How many operators were removed.

    Example:

    ```python
    changes = remove_identities(model)
    ```
    """
    return sum(remove_in(subgraph) for subgraph in model.subgraphs)


def remove_in(subgraph: Subgraph) -> int:
    """Removes what it can of one subgraph; returns how many."""
    count = 0
    wiring = Wiring(subgraph)
    for operator in list(subgraph.operators):
        source = kept_input(operator)
        if source is not None and bypass(operator, source, subgraph, wiring):
            wiring = Wiring(subgraph)
            count += 1
    return count


def kept_input(operator: Operator) -> Tensor | None:
    """The input that an operator returns unchanged; None if it does not."""
    if operator.is_custom or len(operator.outputs) != 1:
        return None
    test = IDENTITIES.get(operator.name)
    found = None if test is None else test(operator)
    if found is None or found.is_constant:
        return None
    return found if is_alike(found, operator.outputs[0]) else None


def is_alike(first: Tensor, second: Tensor) -> bool:
    """Whether two tensors hold the same numbers in the same way."""
    if (first.dtype, first.shape) != (second.dtype, second.shape):
        return False
    if (first.shape_signature or first.shape) != (
        second.shape_signature or second.shape
    ):
        return False
    one, two = first.quantization, second.quantization
    if one is None or two is None:
        return one is two
    return (
        np.array_equal(one.scales, two.scales)
        and np.array_equal(one.zero_points, two.zero_points)
        and one.axis == two.axis
    )


def first_input(operator: Operator) -> Tensor | None:
    """What an operator is given that equal shapes tell to change nothing."""
    return operator.inputs[0]


def unmoved(operator: Operator) -> Tensor | None:
    """What a transposition that moves no axis is given."""
    order = numbers_of(operator.inputs[1])
    if order is None or order != list(range(len(order))):
        return None
    return operator.inputs[0]


def unpadded(operator: Operator) -> Tensor | None:
    """What padding by nothing is given."""
    widths = numbers_of(operator.inputs[1])
    return None if widths is None or any(widths) else operator.inputs[0]


def alone(operator: Operator) -> Tensor | None:
    """The one part of a concatenation."""
    single = len(operator.inputs) == 1 and is_linear(operator)
    return operator.inputs[0] if single else None


def neutral(number: float, either: bool) -> Callable[[Operator], Tensor | None]:
    """What arithmetic with a neutral number is given.

    Args:
        number: The number.
        either: Whether it may be the first operand.
    """

    def test(operator: Operator) -> Tensor | None:
        if not is_linear(operator):
            return None
        pairs = [operator.inputs]
        if either:
            pairs.append(operator.inputs[::-1])
        for source, other in pairs:
            if (
                other is not None
                and other.dtype == "FLOAT32"
                and other.data is not None
                and other.sparsity is None
                and (other.data.view("f4") == np.float32(number)).all()
            ):
                return source
        return None

    return test


def is_linear(operator: Operator) -> bool:
    """Whether no activation is part of an operator."""
    return not getattr(operator.options, "fusedActivationFunction", 0)


IDENTITIES: dict[str, Callable[[Operator], Tensor | None]] = {
    "ADD": neutral(0.0, either=True),
    "CAST": first_input,
    "CONCATENATION": alone,
    "DIV": neutral(1.0, either=False),
    "EXPAND_DIMS": first_input,
    "MIRROR_PAD": unpadded,
    "MUL": neutral(1.0, either=True),
    "PAD": unpadded,
    "PADV2": unpadded,
    "QUANTIZE": first_input,
    "RESHAPE": first_input,
    "SLICE": first_input,
    "SQUEEZE": first_input,
    "SUB": neutral(0.0, either=False),
    "TRANSPOSE": unmoved,
}
