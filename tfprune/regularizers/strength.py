"""How strongly a penalty weighs in the loss."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tfprune.errors import InvalidInputError


def as_strength(strength: Any, owner: str) -> float:
    """Checks a number that multiplies a penalty.

    Args:
        strength: What the user gave.
        owner: Name of the penalty, for messages.

    Raises:
        InvalidInputError: When it is no finite number from 0 on.
    """
    number = numbers_or_none(strength)
    if number is None or number.ndim != 0:
        raise InvalidInputError(
            f"Expected strength of {owner} to be a finite number >= 0, "
            f"received {strength!r}. Give for example strength=1e-4."
        )
    return float(number)


def as_strengths(
    strength: float | Sequence[float], owner: str
) -> float | list[float]:
    """Checks a number, or one number per channel.

    Args:
        strength: What the user gave.
        owner: Name of the penalty, for messages.

    Raises:
        InvalidInputError: When it is neither a finite number from 0 on nor a
            flat, non-empty list of them.
    """
    numbers = numbers_or_none(strength)
    if numbers is None or numbers.ndim > 1 or numbers.size == 0:
        raise InvalidInputError(
            f"Expected strength of {owner} to be a finite number >= 0 or a "
            f"list of them, one per channel, received {strength!r}. Give for "
            f"example strength=1e-4."
        )
    return numbers.tolist()


def numbers_or_none(strength: Any) -> np.ndarray | None:
    """Returns an array of finite numbers from 0 on, or none if it is not."""
    parts = np.asarray(strength, dtype=object).ravel()
    if any(isinstance(x, str | bytes | bool | np.bool_) for x in parts):
        return None  # NumPy would read numbers into them.
    try:
        numbers = np.asarray(strength, dtype="float64")
    except (TypeError, ValueError):
        return None
    return numbers if np.all(np.isfinite(numbers) & (numbers >= 0)) else None
