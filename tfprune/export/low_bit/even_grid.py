"""Weights that are whole numbers times a scale for each filter."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LARGEST = 127
# How far a weight may be from its level: what rounding a product twice does.
ULPS = 2
EPSILON = float(np.finfo("f4").eps)


@dataclass(frozen=True, eq=False)
class EvenGrid:
    """A kernel as whole numbers and scales.

    Attributes:
        integers: int8 `(filters, weights)`, from -127 to 127.
        scales: float32 `(filters,)`, more than zero. A filter of zeros has the
            scale 1.
        is_exact: Whether `scales * integers`, rounded to float32, are the
            weights to the last bit.
    """

    integers: NDArray[np.int8]
    scales: NDArray[np.float32]
    is_exact: bool

    @property
    def largest(self) -> int:
        """The largest magnitude of a whole number."""
        return int(np.abs(self.integers.astype("i2")).max(initial=0))

    @property
    def common_scale(self) -> float | None:
        """The scale of all filters; None where they differ."""
        first = self.scales[0]
        return float(first) if (self.scales == first).all() else None


def find_grid(filters: NDArray[np.float32]) -> EvenGrid | None:
    """Finds the whole numbers that the weights of each filter stand for.

    One scale for all filters is preferred, where it needs no larger numbers.

    Args:
        filters: float32 `(filters, weights)`.

    Returns:
        The grid; None where a filter has more than 127 levels of either sign,
        uneven ones, or numbers that are not finite.

    Example:

    ```python
    grid = find_grid(np.float32([[0.3, -0.3], [0.5, 1.0]]))
    grid.integers, grid.scales      # [[1, -1], [1, 2]], [0.3, 0.5]
    ```
    """
    if not filters.size or not np.isfinite(filters).all():
        return None
    steps = []
    for weights in filters:
        step = step_of(weights)
        if step is None:
            return None
        steps.append(step)
    found = on_steps(filters, np.asarray(steps, "f4"))
    common = step_of(filters)
    if common is None:
        return found
    whole = on_steps(filters, np.full(len(filters), common, "f4"))
    is_better = whole.largest <= found.largest and (
        whole.is_exact or not found.is_exact
    )
    return whole if is_better else found


def rounded_grid(filters: NDArray[np.float32], largest: int) -> EvenGrid | None:
    """Rounds the weights of each filter to whole numbers of steps.

    Args:
        filters: float32 `(filters, weights)`.
        largest: The whole number for the largest weight of a filter.

    Returns:
        The grid; None where a weight is not finite.

    Example:

    ```python
    rounded_grid(np.float32([[0.5, -1.0]]), 63).integers    # [[32, -63]]
    ```
    """
    if not filters.size or not np.isfinite(filters).all():
        return None
    steps = np.abs(filters).max(axis=1) / np.float32(largest)
    return on_steps(filters, np.where(steps > 0, steps, np.float32(1)))


def on_steps(
    filters: NDArray[np.float32], steps: NDArray[np.float32]
) -> EvenGrid:
    """The grid of filters whose steps are known."""
    integers = np.rint(filters / steps[:, None])
    products = integers.astype("f4") * steps[:, None]
    return EvenGrid(
        integers.astype(np.int8), steps, bool((products == filters).all())
    )


def step_of(weights: NDArray[np.float32]) -> np.float32 | None:
    """The step of which weights are whole multiples, as large as can be.

    Args:
        weights: Finite numbers.

    Returns:
        The step that gives them back to the last bit, or else nearly; 1 where
        all are zero; None where there is none.
    """
    sizes = np.unique(np.abs(weights))
    sizes = sizes[sizes > 0]
    if not sizes.size:
        return np.float32(1)
    if sizes.size > LARGEST or sizes[-1] > LARGEST * sizes[0] * (1 + EPSILON):
        return None
    exact = sizes.astype("f8")
    for divisor in range(1, LARGEST + 1):
        ratios = exact * (divisor / exact[0])
        levels = np.rint(ratios)
        if levels[-1] > LARGEST:
            return None
        # The smallest size is rounded, too.
        if (np.abs(ratios - levels) <= 2 * ULPS * EPSILON * ratios).all():
            return best_step(sizes, levels)
    return None


def best_step(
    sizes: NDArray[np.float32], levels: NDArray[np.float64]
) -> np.float32 | None:
    """The step that gives sizes back best.

    Args:
        sizes: float32 `(levels,)`.
        levels: The whole numbers that they are multiples by.

    Returns:
        The step; None where a size is off by more than what rounding does.
    """
    center = np.float32(sizes[-1] / levels[-1])
    steps = center.view(np.int32) + np.arange(-4, 5, dtype=np.int32)
    candidates = steps.view(np.float32)
    products = candidates[:, None] * levels.astype("f4")
    errors = np.abs(products / sizes.astype("f8") - 1).max(axis=1)
    best = int(errors.argmin())
    if errors[best] > ULPS * EPSILON:
        return None
    return np.float32(candidates[best])
