"""The settings that quantizers are given, checked."""

import math
from typing import Any

from tfprune.errors import InvalidInputError


def as_bits(
    value: Any,
    owner: str,
    lowest: int = 1,
    highest: int = 8,
    name: str = "bits",
) -> int:
    """Checks a number of bits.

    Args:
        value: What the user gave.
        owner: Class of the quantizer, for messages.
        lowest: The smallest number that it knows.
        highest: The largest.

    Raises:
        InvalidInputError: When it is no whole number in the range.
    """
    if (
        isinstance(value, bool)
        or not isinstance(value, int)
        or not lowest <= value <= highest
    ):
        raise InvalidInputError(
            f"Expected bits of {owner} to be a whole number from {lowest} to "
            f"{highest}. Received: bits={value!r}. For full precision leave "
            "the quantizer out."
        )
    return value


def as_number(
    value: Any,
    name: str,
    owner: str,
    *,
    above: float = -math.inf,
    below: float = math.inf,
) -> float:
    """Checks a finite number between two others, neither of them included.

    Args:
        value: What the user gave.
        name: Name of the argument, for messages.
        owner: Class of the quantizer, for messages.
        above: What it must be greater than.
        below: What it must be less than.

    Raises:
        InvalidInputError: When it is no such number.
    """
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not (math.isfinite(number) and above < number < below):
        raise InvalidInputError(
            f"Expected {name} of {owner} to be a finite number above {above:g} "
            f"and below {below:g}. Received: {name}={value!r}."
        )
    return number
