"""The settings that quantizers are given, checked."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.number_checks import is_count, is_number

LEAST = float(np.finfo("float32").smallest_normal)
MOST = float(np.finfo("float32").max)


def as_bits(value: Any, owner: str, lowest: int = 1, highest: int = 8) -> int:
    """Checks a number of bits.

    Args:
        value: What the user gave.
        owner: Class of the quantizer, for messages.
        lowest: The smallest number that it knows.
        highest: The largest.

    Raises:
        InvalidInputError: When it is no whole number in the range.
    """
    if not (is_count(value, lowest) and value <= highest):
        raise InvalidInputError(
            f"Expected bits of {owner} to be a whole number from {lowest} to "
            f"{highest}. Received: bits={value!r}. For full precision leave "
            "the quantizer out."
        )
    return int(value)


def as_number(
    value: Any,
    name: str,
    owner: str,
    *,
    above: float = -math.inf,
) -> float:
    """Checks a number that float32 can hold, to all of its digits.

    Args:
        value: What the user gave.
        name: Name of the argument, for messages.
        owner: Class of the quantizer, for messages.
        above: What it must be greater than.

    Raises:
        InvalidInputError: When it is no such number.
    """
    if not (is_number(value) and value > above and is_normal(float(value))):
        more = "" if above == -math.inf else f" above {above:g}"
        raise InvalidInputError(
            f"Expected {name} of {owner} to be a finite number{more} of "
            f"float32. Received: {name}={value!r}."
        )
    return float(value)


def check_steps(width: float, count: int, owner: str, received: str) -> None:
    """Checks how far apart levels lie.

    Args:
        width: The length of a range.
        count: How many steps it is divided into.
        owner: Class of the quantizer, for messages.
        received: What the user gave, for messages.

    Raises:
        InvalidInputError: When float32 does not hold the length or the step.
    """
    if not (is_normal(width) and is_normal(width / count)):
        raise InvalidInputError(
            f"Expected the levels of {owner} to lie at least {LEAST:.2g} "
            f"apart and the range to be at most {MOST:.2g} wide, as float32 "
            f"has numbers. Received: {received}."
        )


def check_absent(
    given: Mapping[str, Any], names: Sequence[str], owner: str
) -> None:
    """Refuses what another quantizer of the family takes.

    Args:
        given: Keywords that the user gave.
        names: Those that may not be true.
        owner: Class of the quantizer, for messages.

    Raises:
        InvalidInputError: When one is.
    """
    for name in names:
        if given.get(name):
            raise InvalidInputError(
                f"{owner} does not take {name}. Received: {name}="
                f"{given[name]!r}. MovingFakeQuant and LearnedFakeQuant do."
            )


def is_normal(number: float) -> bool:
    """Whether float32 holds a number to all of its digits."""
    return number == 0 or LEAST <= abs(number) <= MOST
