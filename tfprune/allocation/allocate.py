"""From an order of channels and a budget to widths."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tfprune.allocation.budget import COSTS, Budget
from tfprune.allocation.candidates import Candidates
from tfprune.errors import InvalidInputError
from tfprune.profiling import total

NEAR_ENOUGH = 0.995
"""Part of a budget that, once used, ends the search for a better fit."""


@dataclass(frozen=True)
class Allocated:
    """Where in the order of the candidates a budget is met.

    Attributes:
        removed: How many channels were asked to go.
        widths: The channels that each group keeps.
    """

    removed: int
    widths: Sequence[int]


def allocate(candidates: Candidates, budget: Budget) -> Allocated:
    """Removes channels in order until a budget is met.

    Args:
        candidates: The channels that may go, in order.
        budget: What may stay.

    Returns:
        How many were asked to go, and what is kept.

    Raises:
        InvalidInputError: When the budget is out of reach.
    """
    if budget.unit == "sparsity":
        return _sparse(candidates, budget.fraction)
    return _within(candidates, budget)


def _sparse(candidates: Candidates, fraction: float) -> Allocated:
    """The first point in the order where enough channels are gone."""
    whole = sum(group.width for group in candidates.groups)
    wanted = round(fraction * whole)

    def gone(removed: int) -> int:
        return whole - sum(candidates.widths(removed))

    most = gone(whole)
    if most < wanted:
        raise InvalidInputError(
            f"Expected sparsity of at most {most / whole:.3f}, which is what "
            "goes when every layer is at its floor. Received: "
            f"sparsity={fraction}. Lower min_channels or round_to."
        )
    removed = bisect_left(range(whole + 1), wanted, key=gone)
    return Allocated(removed, candidates.widths(removed))


def _within(candidates: Candidates, budget: Budget) -> Allocated:
    """The first point in the order that meets the budget, filled up again."""
    share = _Share(candidates, budget)
    low, high = 0, len(candidates.order)
    least = share.of(candidates.widths(high))
    if least > budget.fraction:
        raise InvalidInputError(
            f"Expected {budget.unit} of at least {least:.3f}, which is what "
            "stays when every layer is at its floor. Received: "
            f"{budget.unit}={budget.fraction}. Lower min_channels or round_to, "
            "exclude fewer layers, or penalize more where penalties choose."
        )
    while low < high:
        middle = (low + high) // 2
        if share.of(candidates.widths(middle)) <= budget.fraction:
            high = middle
        else:
            low = middle + 1
    return Allocated(low, _refilled(candidates, low, share))


class _Share:
    """The fraction of a cost that some widths leave."""

    def __init__(self, candidates: Candidates, budget: Budget) -> None:
        graph = candidates.graph
        self.fraction = budget.fraction
        self._candidates = candidates
        self._cost = COSTS[budget.unit](graph)
        self._whole = total(self._cost, np.ones(graph.labels.size + 1, bool))

    def of(self, widths: Sequence[int]) -> float:
        keep = self._candidates.graph.keep_by_id(self._candidates.keep(widths))
        return total(self._cost, keep) / self._whole


def _refilled(candidates: Candidates, removed: int, share: _Share) -> list[int]:
    """Gives channels back, the last to go first, while the budget holds.

    The point in the order where a budget is first met can lie well below it,
    where one channel is a large part of a small model.
    """
    widths = candidates.widths(removed)
    latest = list(dict.fromkeys(candidates.order[:removed][::-1].tolist()))
    while latest and share.of(widths) < share.fraction * NEAR_ENOUGH:
        for index in list(latest):
            wider = list(widths)
            wider[index] += 1
            wider = candidates.rounding.kept(wider)
            if wider == widths or share.of(wider) > share.fraction:
                latest.remove(index)
            else:
                widths = wider
                break
    return widths
