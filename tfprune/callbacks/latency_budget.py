"""How much of a model may stay for it to be fast enough."""

import math
from collections.abc import Callable
from typing import Any, Protocol, TypeAlias, runtime_checkable

import keras
import numpy as np

from tfprune.allocation import KeepMask
from tfprune.callbacks.live_channels import Floats, LiveChannels
from tfprune.errors import InvalidInputError
from tfprune.graph.channels import Mask
from tfprune.surgery.remove import removed

Measure: TypeAlias = Callable[[keras.Model], float]
"""From a model to the milliseconds that it takes."""

HALVINGS = 8
"""Steps of the search: the last is 1/256 of the model's MACs."""

NEAR_ENOUGH = 0.98
"""Part of the budget that, once used, ends the search."""

SLACK = 1.02
"""What a second measurement may exceed the budget by, as clocks vary."""

ROUNDS = 3
"""How often the search is repeated when a second measurement disagrees."""


@runtime_checkable
class SideBySide(Protocol):
    """A measure that can also time two models in turn.

    A machine that is busy meanwhile slows both, and their ratio stays right.
    """

    def share(self, whole: keras.Model, small: keras.Model) -> float:
        """Returns the time of `small` over that of `whole`."""


class LatencyBudget:
    """Finds the channels that a share of a model's measured time leaves.

    Time follows no formula of widths, so models are made and measured: those
    that the scores leave at some part of the MACs, which is halved in on.

    Args:
        channels: The channels of a model, their cost in MACs.
        measure: What measures models.
        fraction: The part of the model's time that may stay.
    """

    def __init__(
        self, channels: LiveChannels, measure: Measure, fraction: float
    ) -> None:
        self._channels = channels
        self._measure = measure
        self.fraction = fraction
        everything = np.ones(int(channels.graph.labels.max()) + 1, bool)
        self._whole = self._model(everything)
        self._shares = {self._widths(everything): 1.0}

    def check(self, keys: list[Floats]) -> None:
        """Refuses a budget that the floors alone exceed.

        Args:
            keys: One number for each channel, those of the lowest go first.

        Raises:
            InvalidInputError: With the lowest that can be reached.
        """
        least = self.share(self._channels.fewest(keys))
        if least > self.fraction:
            raise InvalidInputError(
                f"Expected latency of at least {least:.3f}, which is what is "
                "measured when every layer is at its floor. Received: "
                f"latency={self.fraction}. Lower min_channels or round_to, or "
                "penalize more layers."
            )

    def macs(self, keys: list[Floats]) -> float:
        """The part of the MACs that may stay for the budget to be met.

        Args:
            keys: One number for each channel, those of the lowest go first.

        Raises:
            InvalidInputError: When the floors alone exceed the budget.
        """
        channels = self._channels
        self.check(keys)
        low, high = channels.share(channels.fewest(keys)), 1.0
        if self.fraction == 1:
            return high
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            share = self.share(channels.chosen(keys, middle))
            if share > self.fraction:
                high = middle
            else:
                low = middle
                if share >= NEAR_ENOUGH * self.fraction:
                    break
        return low

    def settled_macs(self, keys: list[Floats]) -> float:
        """As `macs`, measured once more, and corrected where it has to be."""
        for _ in range(ROUNDS):
            macs = self.macs(keys)
            keep = self._channels.chosen(keys, macs)
            self._shares.pop(self._widths(keep), None)
            if self.share(keep) <= self.fraction * SLACK:
                break
            # What was measured before was measured on another machine, as
            # it were.
            self._shares = {x: y for x, y in self._shares.items() if y == 1}
        return macs

    def share(self, keep: Mask) -> float:
        """The measured part of the model's time that some channels leave.

        Args:
            keep: One bool for each class of ids.

        Raises:
            InvalidInputError: When what was measured is no time.
        """
        widths = self._widths(keep)
        if widths not in self._shares:
            small = self._model(keep)
            if isinstance(self._measure, SideBySide):
                share = as_time(self._measure.share(self._whole, small))
            else:
                # One after the other, lest the machine has changed since.
                whole = as_time(self._measure(self._whole))
                share = as_time(self._measure(small)) / whole
            self._shares[widths] = share
        return self._shares[widths]

    def _widths(self, keep: Mask) -> tuple[int, ...]:
        return tuple(
            int(keep[x.group.labels].sum()) for x in self._channels.steered
        )

    def _model(self, keep: Mask) -> keras.Model:
        graph = self._channels.graph
        return removed(graph, KeepMask.from_labels(graph, keep))


def as_time(measured: float) -> float:
    """Checks what a measure returned.

    Raises:
        InvalidInputError: When it is no finite number above 0.
    """
    if not (isinstance(measured, int | float | np.number)) or not (
        0 < measured < math.inf
    ):
        raise InvalidInputError(
            "Expected measure to return a finite number of milliseconds above "
            f"0. Received: {measured!r}. Give a function from a keras.Model to "
            "milliseconds, such as tfprune.LatencyMeter()."
        )
    return float(measured)


def check_measure(measure: Any, latency: float | None) -> Measure | None:
    """Checks what a budget in time is measured with.

    Args:
        measure: What was given.
        latency: The budget, if it is one in time.

    Raises:
        InvalidInputError: When one is there without the other, or `measure`
            is no function.
    """
    if (measure is None) != (latency is None) or not (
        measure is None or callable(measure)
    ):
        raise InvalidInputError(
            "Expected latency together with measure, a function from a "
            "keras.Model to milliseconds, such as tfprune.LatencyMeter(). "
            f"Received: latency={latency}, measure={measure!r}."
        )
    return measure
