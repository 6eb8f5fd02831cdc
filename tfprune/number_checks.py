"""Whether arguments are numbers."""

import math
from numbers import Integral, Real
from typing import Any


def is_number(value: Any) -> bool:
    """Whether a value is a finite number, and no bool.

    Args:
        value: What was given.
    """
    return (
        isinstance(value, Real)
        and not isinstance(value, bool)
        and math.isfinite(value)
    )


def is_count(value: Any, least: float = 1) -> bool:
    """Whether a value is an integer that is large enough, and no bool.

    Args:
        value: What was given.
        least: The lowest that it may be.
    """
    return (
        is_number(value) and isinstance(value, Integral) and int(value) >= least
    )
