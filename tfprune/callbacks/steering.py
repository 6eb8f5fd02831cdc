"""Sets the strength of penalties so that channels close in time."""

import math

import numpy as np
from keras import ops

from tfprune.callbacks.fingerprint import fingerprint
from tfprune.callbacks.live_channels import Floats, LiveChannels
from tfprune.callbacks.pressure import Pressure
from tfprune.callbacks.steered_gates import silence
from tfprune.graph.channels import Mask
from tfprune.optimizers import Proximal
from tfprune.optimizers.inner import steady_step

FIRST_HORIZON, HORIZON = 0.3, 0.06
"""Part of the way to the budget that the strength looks ahead, at the start,
where channels are all as far from zero, and later."""

FASTEST = 2.0
"""Most that the strength changes by from one reading to the next."""


class Steering:
    """The scale of the penalties of a model, and what it follows.

    Args:
        channels: The channels that they close.
        optimizer: What applies the penalties; it has to be built.
    """

    def __init__(self, channels: LiveChannels, optimizer: Proximal) -> None:
        self._channels = channels
        self._proximal = optimizer
        self._pressure = Pressure(optimizer.memory, channels.count)
        self._push = optimizer.memory.make("push", ())
        self._moving = optimizer.memory.make("moving", (channels.count,))
        self._steered = optimizer.memory.make("steered", ())
        self._fingerprint = fingerprint(channels)
        self._updates = 0

    @property
    def scale(self) -> float:
        """The scale of the penalties."""
        return float(ops.convert_to_numpy(self._proximal.penalty_scale))

    @scale.setter
    def scale(self, scale: float) -> None:
        self._proximal.penalty_scale.assign(scale)

    @property
    def interrupted(self) -> bool:
        """Whether the optimizer remembers a run on these channels.

        Its scale does not tell: that is 1 before there was any.
        """
        steered = ops.convert_to_numpy(self._steered)
        return float(steered) == self._fingerprint

    def end(self) -> None:
        """Rests for good: no later run goes on with this one."""
        self.scale = 0.0
        self._steered.assign(math.nan)

    def start(self, resumed: bool) -> None:
        """Begins a run, or goes on with an interrupted one.

        Args:
            resumed: Whether the optimizer remembers the run.
        """
        silence(self._channels.gates)
        self._updates = self._iterations()
        self._steered.assign(self._fingerprint)
        if not resumed:
            self._pressure.forget()
            self._push.assign(math.nan)
            self._moving.assign(np.ones(self._channels.count))

    def _iterations(self) -> int:
        return int(ops.convert_to_numpy(self._proximal.iterations))

    def weighed(self, travel: list[Floats]) -> list[Floats]:
        """How much push channels need, those of weak penalties the more.

        Args:
            travel: How far the channels of each group are from zero.
        """
        factors = self._channels.factors(self._proximal)
        return [x / y for x, y in zip(travel, factors, strict=True)]

    def steer(
        self,
        travel: list[Floats],
        share: float,
        progress: float,
        updates: float,
    ) -> tuple[Mask, Mask]:
        """Sets the scale that closes the next channels in time.

        Args:
            travel: How far the channels of each group are from zero.
            share: The part of the model that the budget leaves.
            progress: How much of the way to it has passed, from 0 to 1.
            updates: Number of updates on the whole way.

        Returns:
            One bool for each class of ids: the channels that may not close
            yet, as they are not due, and those whose gates need not descend.
        """
        channels, flat = self._channels, np.concatenate(travel)
        widths = [len(x) for x in travel]
        factors = np.repeat(channels.factors(self._proximal), widths)
        push = float(ops.convert_to_numpy(self._push))
        first = math.isnan(push)
        step = float(
            ops.convert_to_numpy(steady_step(self._proximal.inner_optimizer))
        )
        now = self._iterations()
        made, self._updates = now - self._updates, now
        ahead = FIRST_HORIZON if first else HORIZON
        pushes = self._pressure.needed(
            flat,
            factors * self._pushed() * made,
            made,
            max(ahead * updates, 1.0),
        )
        pushes /= factors
        keep = channels.chosen(
            channels.split(pushes), left_at(progress + ahead, share)
        )
        going = ~channels.flat(keep) & (flat > 0)
        push = pushes[going & np.isfinite(pushes)].max(initial=0.0)
        scale, before = push / step if step > 0 else 0.0, self.scale
        if step == 0:
            # A rate that warms up from 0 does not say yet what is strong.
            scale = 0.0 if first else before
        elif not first and before > 0:
            scale = min(max(scale, before / FASTEST), before * FASTEST)
        if step > 0 or not first:
            self._push.assign(scale * step)
        self.scale = scale
        keys = self.weighed(travel)
        keep = resting = channels.chosen(
            keys, left_at(progress + HORIZON, share)
        )
        if not all(channels.gated):
            # Weights shrink all along: gates beside them must not wait.
            resting = channels.chosen(keys, share)
        gated = np.repeat(channels.gated, widths)
        # There the limits stop the proximal step, and not the loss.
        stopped = channels.flat(keep) & (flat < 2 * factors * scale * step)
        self._moving.assign(~np.where(gated, channels.flat(resting), stopped))
        return keep, resting

    def _pushed(self) -> Floats:
        """How far each update has pushed each channel of late."""
        push = float(ops.convert_to_numpy(self._push))
        moving = ops.convert_to_numpy(self._moving)
        return np.nan_to_num(push) * moving


def left_at(progress: float, share: float) -> float:
    """The part of the model that is to be left on the way to a budget.

    Args:
        progress: How much of the way has passed, from 0 to 1.
        share: The part that the budget leaves.
    """
    return 1 - (1 - share) * min(progress, 1.0)
