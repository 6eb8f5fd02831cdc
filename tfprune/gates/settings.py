"""The numbers that a gate is given, checked."""

import math
from typing import Any

from tfprune.errors import InvalidInputError
from tfprune.number_checks import is_count


def as_positive(
    value: Any, name: str, owner: str, *, zero: bool = False
) -> float:
    """Checks a finite number greater than 0, or from 0 on.

    Args:
        value: What the user gave.
        name: Name of the argument, for messages.
        owner: Name of the gate, for messages.
        zero: Whether it may be zero.

    Raises:
        InvalidInputError: When it is no such number.
    """
    number = number_or_nan(value)
    if math.isinf(number) or not (number > 0 or (zero and number == 0)):
        raise InvalidInputError(
            f"Expected {name} of {owner} to be a finite number "
            f"{'>= 0' if zero else '> 0'}, received {value!r}. Give for "
            f"example {name}={'1e-4' if zero else '10'}."
        )
    return number


def as_whole(
    value: Any, name: str, owner: str, *, least: int | None = 1
) -> int:
    """Checks a whole number.

    Args:
        value: What the user gave.
        name: Name of the argument, for messages.
        owner: Name of what it is given to, for messages.
        least: The smallest that it may be, None for any.

    Raises:
        InvalidInputError: When it is no such number.
    """
    if not is_count(value, -math.inf if least is None else least):
        wanted = "a whole number" + ("" if least is None else f" >= {least}")
        raise InvalidInputError(
            f"Expected {name} of {owner} to be {wanted}, received {value!r}."
        )
    return int(value)


def as_probability(value: Any, name: str, owner: str) -> float:
    """Checks a number between 0 and 1, neither of them included.

    Raises:
        InvalidInputError: When it is no such number.
    """
    number = number_or_nan(value)
    if not 0 < number < 1:
        raise InvalidInputError(
            f"Expected {name} of {owner} to lie between 0 and 1, received "
            f"{value!r}. Give for example {name}=0.5."
        )
    return number


def number_or_nan(value: Any) -> float:
    """Returns a float, NaN for what is no number."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan
