"""Steers the strength of penalties until a model meets a budget."""

import sys
from typing import Any

import keras
import numpy as np

from tfprune.allocation import Budget, Floor
from tfprune.callbacks.channel_limits import ChannelLimits
from tfprune.callbacks.futile_penalties import check_penalties
from tfprune.callbacks.latency_budget import (
    LatencyBudget,
    Measure,
    check_measure,
)
from tfprune.callbacks.live_channels import Floats, LiveChannels
from tfprune.callbacks.proximal_of import proximal_of
from tfprune.callbacks.steering import Steering
from tfprune.errors import InvalidInputError
from tfprune.graph import trace

NEAR = 1.02
"""Cost over the budget at which the rest is closed by score."""


class BudgetController(keras.callbacks.Callback):
    """Steers penalties during `fit` until the stripped model meets a budget.

    Several times an epoch it reads how far each channel is from zero, how fast
    it comes nearer and how hard the loss holds it back. From that it sets
    `penalty_scale` of `tfprune.optimizers.Proximal`, and of gates, such that
    what is left follows a straight line from all to the budget. So the
    strength that penalties are made with only says how they compare; there is
    no coefficient to guess.

    - No layer collapses and the budget is not overshot: the channels that a
      budget of this size has to keep are chosen anew at each reading, and the
      proximal step never makes them zero.
    - When the budget is near, or after the part `reach` of the epochs, the
      channels nearest to zero are closed by that score until it is met, as
      `tfprune.prune` does. From then on they stay closed, the scale is 0, and
      the rest of the epochs fine-tunes what is left.
    - Training that goes on from a file or a `BackupAndRestore` goes on with
      the same run: all of the state is in the optimizer.

    With `keras.callbacks.EarlyStopping(restore_best_weights=True)`, put this
    callback after it: closed channels are closed again when training ends.

    Args:
        macs: Part of the model's multiply-accumulates to keep, in (0, 1].
            Exactly one of this and the next four is given.
        parameters: Part of its parameters to keep, in (0, 1].
        num_bytes: Part of the bytes of its weights to keep, in (0, 1].
        sparsity: Part of the channels that can be closed to close, in [0, 1).
        latency: Part of the time that the model takes to keep, as `measure`
            has it, in (0, 1]. At the beginning of each epoch until the budget
            is met, models are made that the channels at hand would leave, and
            measured, to find the part of the MACs that is as fast; once more
            when it is met. The model is the one that is trained, its gates
            included. Where machines take as long for one channel as for
            eight, give `round_to` too.
        measure: A function from a `keras.Model` to milliseconds, such as
            `tfprune.LatencyMeter()`. One that also has a method `share(whole,
            small)`, as that one, is asked for the ratio of both instead, so
            that it can time them in turn; else one is timed after the other.
        min_channels: Layers keep at least so many channels.
        round_to: Layers keep a multiple of this many channels, where they are
            as wide.
        reach: Part of the epochs after which the budget is met, in (0, 1].
        readings: How often an epoch the channels are read.
        verbose: 1 to say when the budget is met, 0 for silence.

    Raises:
        InvalidInputError: When an argument is out of range.

    Example:

    ```python
    model = tfprune.penalize_scales(model, strength=1.0)
    sgd = keras.optimizers.SGD(0.05, momentum=0.9)
    model.compile(tfprune.optimizers.Proximal(sgd), loss)
    controller = tfprune.callbacks.BudgetController(macs=0.3)
    model.fit(x_train, y_train, epochs=20, callbacks=[controller])
    small = tfprune.strip(model)
    ```
    """

    def __init__(
        self,
        *,
        macs: float | None = None,
        parameters: float | None = None,
        num_bytes: float | None = None,
        sparsity: float | None = None,
        latency: float | None = None,
        measure: Measure | None = None,
        min_channels: int = 4,
        round_to: int = 1,
        reach: float = 0.5,
        readings: int = 10,
        verbose: int = 1,
    ) -> None:
        super().__init__()
        self.budget = Budget.one_of(
            macs=macs,
            parameters=parameters,
            num_bytes=num_bytes,
            sparsity=sparsity,
            latency=latency,
        )
        self.measure = check_measure(measure, latency)
        self.floor = Floor(min_channels=min_channels, round_to=round_to)
        if not 0 < reach <= 1:
            raise InvalidInputError(
                f"Expected reach in (0, 1], a part of the epochs. Received: "
                f"reach={reach}."
            )
        if not (isinstance(readings, int) and readings >= 1):
            raise InvalidInputError(
                "Expected readings to be an integer of at least 1. Received: "
                f"readings={readings!r}."
            )
        self.reach = float(reach)
        self.readings = readings
        self.verbose = verbose

    def on_train_begin(self, logs: Any = None) -> None:
        """Traces the model and makes the limits of its variables.

        Raises:
            InvalidInputError: When the optimizer is not `Proximal`, there is
                nothing to steer, penalties cannot close what they pull at, or
                the floors alone exceed the budget.
        """
        model = self.model
        proximal = proximal_of(model.optimizer, type(self).__name__)
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        unit, fraction = self.budget.unit, self.budget.fraction
        self._channels = LiveChannels(
            trace(model), "macs" if self.measure else unit, self.floor
        )
        check_penalties(self._channels)
        travel = self._channels.travel(0)
        self._latency: LatencyBudget | None = None
        self._share = 1 - fraction if unit == "sparsity" else fraction
        if self.measure is None:
            self._channels.chosen(travel, self._share)
        else:
            self._latency = LatencyBudget(
                self._channels, self.measure, fraction
            )
            self._latency.check(travel)
        self._limits = ChannelLimits(self._channels, proximal)
        self._steering = Steering(self._channels, proximal)
        # The train step has new state.
        model.make_train_function(force=True)
        self._started = self._met = False
        self._epoch = self._batches = 0
        self._said = ""
        self._steps: int | None = self.params.get("steps")

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Starts the run, or finds out where it was interrupted.

        It is no earlier, so that others have restored what they restore.
        """
        self._epoch, self._batches = epoch, 0
        self._say()
        self._sync()
        travel = self._channels.travel(epoch)
        if self._started:
            self._aim(travel)
            return
        self._started = True
        resumed = epoch > 0 and self._steering.scale > 0
        self._steering.start(resumed)
        self._met = self._limits.dropped and self._within(travel)
        self._aim(travel)
        if self._met or not (resumed or self._steps):
            # How long an epoch is has to be seen first.
            self._steering.scale = 0.0
        elif not resumed:
            self._steer(travel)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Reads the channels where it is time to."""
        before, self._batches = self._batches, batch + 1
        if self._steps is not None and not self._met:
            done = [
                x * self.readings // self._steps for x in (before, batch + 1)
            ]
            if done[1] > done[0]:
                self._read()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Adds what is left, and the scale, to the logs."""
        self._sync()
        if self._steps is None:
            self._steps = self._batches
            self._read()
        if logs is not None:
            channels = self._channels
            travel = channels.travel(epoch)
            logs[f"live_{self._what}"] = channels.share(channels.alive(travel))
            if self._latency is not None:
                left = channels.left(travel)
                logs["live_latency"] = self._latency.share(left)
            logs["penalty_scale"] = self._steering.scale

    def on_train_end(self, logs: Any = None) -> None:
        """Makes sure that the budget is met, however training ended."""
        self._sync()
        if not self._met:
            travel = self._channels.travel(self._epoch)
            self._settle(travel)
            self._meet(travel)
        self._limits.enforce()
        self._say()

    @property
    def _what(self) -> str:
        """What the parts of the model are counted in."""
        unit = self._channels.unit
        return "channels" if unit == "sparsity" else unit

    @property
    def progress(self) -> float:
        """The part of the epochs that is over."""
        done = self._epoch + self._batches / (self._steps or 1)
        return done / self.params["epochs"]

    def _sync(self) -> None:
        """Has the variables hold what training has made of them.

        JAX leaves them alone within an epoch until the model is asked for.
        """
        self.model  # noqa: B018

    def _say(self) -> None:
        """Prints what there is to say, between two progress bars of Keras."""
        sys.stdout.write(self._said)
        self._said = ""

    def _read(self) -> None:
        """Meets the budget where it is near, else sets the scale."""
        self._sync()
        travel = self._channels.travel(self._epoch)
        due = self.progress >= self.reach
        if due or self._near(travel):
            self._settle(travel)
        if due or self._near(travel):
            self._meet(travel)
        else:
            keys = self._steering.weighed(travel)
            self._limits.keep(self._channels.chosen(keys, self._share))
            self._steer(travel)

    def _near(self, travel: list[Floats]) -> bool:
        """Whether what is left is nearly as little as the budget leaves."""
        left = self._channels.share(self._channels.alive(travel))
        return left <= self._share * NEAR

    def _within(self, travel: list[Floats]) -> bool:
        """Whether what is left is nearly within the budget, measured anew."""
        if self._latency is None:
            return self._near(travel)
        share = self._latency.share(self._channels.left(travel))
        return share <= self.budget.fraction * NEAR

    def _aim(self, travel: list[Floats]) -> None:
        """Finds the part of the MACs that takes as long as it may."""
        if self._latency is not None and not self._met:
            self._share = self._latency.macs(self._steering.weighed(travel))

    def _settle(self, travel: list[Floats]) -> None:
        """Finds it again, now that it counts."""
        if self._latency is not None:
            keys = self._steering.weighed(travel)
            self._share = self._latency.settled_macs(keys)

    def _steer(self, travel: list[Floats]) -> None:
        """Sets the scale that closes the next channels in time."""
        whole = (self._steps or 1) * self.params["epochs"]
        self._steering.steer(
            travel, self._share, self.progress / self.reach, self.reach * whole
        )

    def _meet(self, travel: list[Floats]) -> None:
        """Closes channels by score until the budget is met, for good."""
        channels = self._channels
        keep = channels.chosen(self._steering.weighed(travel), self._share)
        going = ~channels.flat(keep) & (np.concatenate(travel) > 0)
        self._limits.drop(keep)
        self._steering.scale = 0.0
        self._met = True
        if self.verbose:
            left = f"{channels.share(keep):.1%} of the {self._what}"
            if self._latency is not None:
                share = self._latency.share(keep)
                left = f"{share:.1%} of the latency, {left}"
            self._said = (
                f"Budget met after {self.progress:.0%} of the epochs: {left} "
                f"left; {int(going.sum())} channels were closed by score.\n"
            )
