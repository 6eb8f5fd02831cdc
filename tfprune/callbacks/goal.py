"""What a budget leaves of a model, and how near to it a model is."""

from tfprune.allocation import Budget
from tfprune.callbacks.latency_budget import LatencyBudget, Measure
from tfprune.callbacks.live_channels import Floats, LiveChannels
from tfprune.graph.channels import Mask

NEAR = 1.02
"""Cost over the budget at which the rest is closed by score."""


class Goal:
    """A budget as a part of what the channels of one model cost.

    Of a budget in time that part is found by measuring, again and again, as
    it depends on which channels are left.

    Args:
        channels: The channels, their cost in MACs where time is measured.
        budget: What is to be left.
        measure: What measures models, for a budget in time.

    Attributes:
        share: The part of the model that may be left, in the channels' unit.
    """

    def __init__(
        self, channels: LiveChannels, budget: Budget, measure: Measure | None
    ) -> None:
        self._channels = channels
        self._fraction = budget.fraction
        sparsity = budget.unit == "sparsity"
        self.share = 1 - budget.fraction if sparsity else budget.fraction
        self._latency: LatencyBudget | None = None
        if measure is not None:
            self._latency = LatencyBudget(channels, measure, budget.fraction)

    @property
    def unit(self) -> str:
        """What the parts of the model are counted in."""
        unit = self._channels.unit
        return "channels" if unit == "sparsity" else unit

    def check(self, keys: list[Floats]) -> None:
        """Refuses a budget that the floors alone exceed.

        Args:
            keys: One number for each channel, those of the lowest go first.

        Raises:
            InvalidInputError: With the lowest that can be reached.
        """
        if self._latency is None:
            self._channels.chosen(keys, self.share)
        else:
            self._latency.check(keys)

    def aim(self, keys: list[Floats]) -> None:
        """Finds the part of the MACs that takes as long as it may."""
        if self._latency is not None:
            self.share = self._latency.macs(keys)

    def settle(self, keys: list[Floats]) -> None:
        """Finds it again, now that it counts."""
        if self._latency is not None:
            self.share = self._latency.settled_macs(keys)

    def near(self, travel: list[Floats]) -> bool:
        """Whether what is left is nearly as little as the budget leaves."""
        left = self._channels.share(self._channels.alive(travel))
        return left <= self.share * NEAR

    def within(self, travel: list[Floats]) -> bool:
        """Whether what is left is nearly within the budget, measured anew."""
        if self._latency is None:
            return self.near(travel)
        share = self._latency.share(self._channels.left(travel))
        return share <= self._fraction * NEAR

    def parts(self, travel: list[Floats]) -> dict[str, float]:
        """What is left, by unit: the parts of the model that are open.

        Args:
            travel: How far the channels of each group are from closing.
        """
        channels = self._channels
        found = {self.unit: channels.share(channels.alive(travel))}
        if self._latency is not None:
            found["latency"] = self._latency.share(channels.left(travel))
        return found

    def told(self, keep: Mask) -> str:
        """What some channels leave, in words.

        Args:
            keep: One bool for each class of ids.
        """
        left = f"{self._channels.share(keep):.1%} of the {self.unit}"
        if self._latency is not None:
            left = f"{self._latency.share(keep):.1%} of the latency, {left}"
        return left
