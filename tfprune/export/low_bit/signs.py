"""Signs of real numbers in a flatbuffer."""

from dataclasses import dataclass

import numpy as np

from tfprune.export.flatbuffer.model import Operator, Subgraph
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.flatbuffer.wiring import Wiring
from tfprune.export.low_bit.integer_constant import integers_of
from tfprune.export.low_bit.integer_form import gives_signs, is_integer_layer
from tfprune.export.low_bit.real_constant import real_numbers

SELECTS = frozenset({"SELECT", "SELECT_V2"})
# What only moves numbers, or picks some: signs stay signs.
MOVES = frozenset(
    {
        "CONCATENATION",
        "EXPAND_DIMS",
        "MAX_POOL_2D",
        "PAD",
        "RESHAPE",
        "SQUEEZE",
        "TRANSPOSE",
    }
)


@dataclass(frozen=True, eq=False)
class Sign:
    """A sign, as the converter leaves it: `x >= 0 ? 1 : -1`.

    Attributes:
        source: The numbers whose sign it is.
        compare: The `GREATER_EQUAL` with zero.
        select: The choice between 1 and -1.
    """

    source: Tensor
    compare: Operator
    select: Operator

    @property
    def result(self) -> Tensor:
        """The signs."""
        return self.select.outputs[0]


def find_signs(subgraph: Subgraph) -> list[Sign]:
    """Finds the signs of a subgraph, in order.

    Args:
        subgraph: The subgraph; it is not changed.
    """
    wiring = Wiring(subgraph)
    found = []
    for select in subgraph.operators:
        if not is_choice(select):
            continue
        compare = wiring.producer(select.inputs[0])
        source = None if compare is None else compared_with_zero(compare)
        if compare is None or source is None:
            continue
        if wiring.consumers(compare.outputs[0]) == [select]:
            found.append(Sign(source, compare, select))
    return found


def is_choice(select: Operator) -> bool:
    """Whether an operator chooses between 1 and -1, as floats or integers."""
    return (
        select.name in SELECTS
        and is_filled(select.inputs[1], 1)
        and is_filled(select.inputs[2], -1)
    )


def compared_with_zero(compare: Operator) -> Tensor | None:
    """What an operator tells from numbers below zero; None for others."""
    source = compare.inputs[0]
    if compare.name != "GREATER_EQUAL" or not is_filled(compare.inputs[1], 0):
        return None
    if source is None or source.is_constant or source.dtype != "FLOAT32":
        return None
    return source


def is_filled(tensor: Tensor | None, number: float) -> bool:
    """Whether a constant holds one real number only."""
    numbers = real_numbers(tensor)
    whole = integers_of(tensor)
    if whole is not None and tensor is not None:
        scale = tensor.scale()
        numbers = None if scale is None else np.float32(scale) * whole
    return numbers is not None and bool((numbers == number).all())


def sign_tensors(subgraph: Subgraph) -> dict[Tensor, bool]:
    """Tensors that hold signs, and whether zeros may be among them.

    Args:
        subgraph: The subgraph; it is not changed.

    Returns:
        The tensors, each with whether something padded it with zeros.
    """
    found: dict[Tensor, bool] = {}
    for operator in subgraph.operators:
        result = operator.outputs[0] if operator.outputs else None
        if result is None or operator.is_custom:
            continue
        makes = is_integer_layer(operator) or gives_signs(operator)
        if makes or is_choice(operator):
            found[result] = False
            continue
        keeps = operator.name in MOVES or operator.name == "DEQUANTIZE"
        if not keeps and not is_turning(operator):
            continue
        sources = moved(operator)
        if all(x in found for x in sources) and not is_clipped(operator):
            padded = any(found[x] for x in sources if x is not None)
            found[result] = padded or operator.name == "PAD"
    return found


def moved(operator: Operator) -> list[Tensor | None]:
    """What an operator moves on: all its inputs, or the first one."""
    if operator.name == "CONCATENATION":
        return list(operator.inputs)
    return operator.inputs[:1]


def is_clipped(operator: Operator) -> bool:
    """Whether an activation is part of an operator."""
    return bool(getattr(operator.options, "fusedActivationFunction", 0))


def is_turning(operator: Operator) -> bool:
    """Whether an operator multiplies integers by 1 and -1."""
    if operator.name != "MUL":
        return False
    factor = operator.inputs[1]
    integers = integers_of(factor)
    if integers is None or factor is None or factor.scale() != 1:
        return False
    return bool((np.abs(integers.astype("i2")) == 1).all())
