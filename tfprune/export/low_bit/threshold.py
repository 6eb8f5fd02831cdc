"""From which number on something is true."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float32]
# The bits of infinity, as an integer.
INFINITY = 0x7F800000


def first_true(
    is_true: Callable[[NDArray[np.int64]], NDArray[np.bool_]],
    lowest: NDArray[np.int64],
    highest: NDArray[np.int64],
) -> NDArray[np.int64]:
    """The smallest integers for which a condition holds.

    Args:
        is_true: The condition, for an integer each; once true, it stays true
            for all larger ones.
        lowest: The smallest integers to try.
        highest: The largest ones.

    Returns:
        The integers; `highest + 1` where the condition never holds.

    Example:

    ```python
    first_true(lambda x: 2 * x >= 7, np.array([-9]), np.array([9]))    # [4]
    ```
    """
    low, high = lowest - 1, highest + 1
    while (high - low > 1).any():
        middle = (low + high) // 2
        holds = is_true(middle)
        high = np.where(holds & (middle > low), middle, high)
        low = np.where(holds, low, middle)
    return high


def first_real(
    is_true: Callable[[Numbers], NDArray[np.bool_]], count: int
) -> Numbers:
    """The smallest float32 for which a condition holds; infinity for none.

    Args:
        is_true: The condition, for a number each, as in `first_true`.
        count: How many numbers there are.
    """
    ends = np.full(count, INFINITY - 1, np.int64)
    found = first_true(lambda x: is_true(ordered(x)), -ends, ends)
    return ordered(found)


def ordered(places: NDArray[np.int64]) -> Numbers:
    """The float32 numbers at places of their order; zero is at 0."""
    sizes = np.abs(places).astype(np.int32).view(np.float32)
    return np.where(places < 0, -sizes, sizes)
