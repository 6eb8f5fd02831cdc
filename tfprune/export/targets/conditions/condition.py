"""The table of the conditions."""

from collections.abc import Callable
from typing import Any

from tfprune.errors import InvalidInputError
from tfprune.export.flatbuffer.model import Operator
from tfprune.export.flatbuffer.tensor import Tensor

Condition = Callable[[Operator, Any], bool]

CONDITIONS: dict[str, Condition] = {}


def condition(function: Condition) -> Condition:
    """Adds a function to the table under its name.

    Raises:
        InvalidInputError: When the name is taken.
    """
    name = function.__name__
    if name in CONDITIONS:
        raise InvalidInputError(
            f"The condition name '{name}' is already taken. Choose another."
        )
    CONDITIONS[name] = function
    return function


def tensors_of(operator: Operator) -> list[Tensor]:
    """Inputs that are there, and outputs."""
    found = [tensor for tensor in operator.inputs if tensor is not None]
    return [*found, *operator.outputs]


def activations_of(operator: Operator) -> list[Tensor]:
    """Inputs and outputs that are computed."""
    return [x for x in tensors_of(operator) if not x.is_constant]


def constant_of(operator: Operator, position: int) -> Tensor | None:
    """An input that the file holds; None where it is none."""
    if position >= len(operator.inputs):
        return None
    tensor = operator.inputs[position]
    return tensor if tensor is not None and tensor.is_constant else None
