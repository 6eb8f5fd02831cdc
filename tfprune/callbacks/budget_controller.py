"""Steers the strength of penalties until a model meets a budget."""

import sys
from typing import Any

import keras
import numpy as np

from tfprune.allocation import Budget, Floor
from tfprune.callbacks.channel_limits import ChannelLimits
from tfprune.callbacks.clock import Clock
from tfprune.callbacks.goal import Goal
from tfprune.callbacks.latency_budget import Measure, check_measure
from tfprune.callbacks.live_channels import Floats, LiveChannels
from tfprune.callbacks.proximal_of import proximal_of
from tfprune.callbacks.steering import Steering
from tfprune.callbacks.stripped import stripped
from tfprune.errors import InvalidInputError
from tfprune.graph import trace
from tfprune.number_checks import is_count, is_number


class BudgetController(keras.callbacks.Callback):
    """Steers penalties during `fit` until the stripped model meets a budget.

    Several times an epoch it reads how far each channel is from zero, how fast
    it comes nearer and how hard the loss holds it back. From that it sets
    `penalty_scale` of `tfprune.optimizers.Proximal` such that what is left
    follows a line from all to the budget. So the strength that penalties are
    made with only says how they compare; there is no coefficient to guess.

    - Channels close hardly sooner than a straight line says. Where the loss
      holds them back they close later, and what is missing is closed at the
      end of the line: a quarter of the model in the longest runs measured.
    - Gates are steered alike: their penalties leave the loss, and those that
      are due are closed by steps of the optimizer, whichever it is, while the
      others stay open. Between `penalty` and `cost`, only the product counts.
    - `loss` and `val_loss` still show the penalties of weights at a scale of
      1, whatever the scale is at the time, so they may rise while the model
      gets better. Let `EarlyStopping`, `ModelCheckpoint` and
      `ReduceLROnPlateau` monitor a metric, `val_accuracy` say.
    - The logs get `penalty_scale` and `open_macs` (or `open_parameters` and so
      on): what the channels cost that are not closed. Those that are, padding
      may keep from being stripped until the budget is met.
    - No layer collapses and the budget is not overshot: the channels that
      have to stay for the time being are chosen anew at each reading, and the
      proximal step never makes them zero.
    - When the budget is near, or after the part `reach` of the epochs, the
      channels nearest to zero are closed by that score until it is met, as
      `tfprune.prune` does. From then on they stay closed, the scale is 0, and
      the rest of the epochs fine-tunes what is left.
    - Strip before you compile anew: a new `Proximal` knows of no limits, has a
      scale of 1, and its penalties pull again.
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
        InvalidInputError: When an argument is out of range; when training
            begins and penalties cannot close what they pull at, or closed
            channels could not be removed.

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
        if not (is_number(reach) and 0 < reach <= 1):
            raise InvalidInputError(
                f"Expected reach in (0, 1], a part of the epochs. Received: "
                f"reach={reach!r}."
            )
        if not is_count(readings):
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
        unit = "macs" if self.measure else self.budget.unit
        self._channels = LiveChannels(trace(model), unit, self.floor)
        self._channels.check()
        self._goal = Goal(self._channels, self.budget, self.measure)
        self._goal.check(self._channels.travel(0))
        self._limits = ChannelLimits(self._channels, proximal)
        self._steering = Steering(self._channels, proximal)
        # The train step has new state.
        model.make_train_function(force=True)
        self._started = self._met = False
        self._said = ""
        self._clock = Clock(
            self.params["epochs"], self.params.get("steps"), self.readings
        )

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Starts the run, or finds out where it was interrupted.

        It is no earlier, so that others have restored what they restore.
        """
        self._clock.begin(epoch)
        self._say()
        self._sync()
        travel = self._channels.travel(epoch)
        if self._started:
            if not self._met:
                self._goal.aim(self._steering.weighed(travel))
            return
        self._started = True
        self._limits.start()
        resumed = epoch > 0 and self._steering.interrupted
        self._steering.start(resumed)
        self._met = self._limits.dropped and self._goal.within(travel)
        if not self._met:
            self._goal.aim(self._steering.weighed(travel))
        if self._met:
            self._steering.end()
        elif not (resumed or self._clock.steps):
            # How long an epoch is has to be seen first.
            self._steering.scale = 0.0
        elif not resumed:
            self._steer(travel)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Reads the channels where it is time to."""
        if self._clock.tick(batch) and not self._met:
            self._read()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Adds what open channels cost, and the scale, to the logs."""
        self._sync()
        if self._clock.measure():
            self._read()
        if logs is not None:
            travel = self._channels.travel(epoch)
            for unit, share in self._goal.parts(travel).items():
                logs[f"open_{unit}"] = share
            logs["penalty_scale"] = self._steering.scale

    def on_train_end(self, logs: Any = None) -> None:
        """Makes sure that the budget is met, however training ended."""
        if not self._started:
            # There was no epoch, and nothing that channels could be chosen by.
            return
        self._sync()
        if not self._met:
            travel = self._channels.travel(self._clock.epoch)
            self._goal.settle(self._steering.weighed(travel))
            self._meet(travel)
        self._limits.enforce()
        self._say()

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
        travel = self._channels.travel(self._clock.epoch)
        due = self._clock.progress >= self.reach
        if due or self._goal.near(travel):
            self._goal.settle(self._steering.weighed(travel))
        if due or self._goal.near(travel):
            self._meet(travel)
        else:
            self._steer(travel)

    def _steer(self, travel: list[Floats]) -> None:
        """Sets the scale that closes the next channels in time, and limits."""
        keep, resting = self._steering.steer(
            travel,
            self._goal.share,
            self._clock.progress / self.reach,
            self.reach * self._clock.updates,
        )
        self._limits.keep(keep, resting)

    def _meet(self, travel: list[Floats]) -> None:
        """Closes channels by score until the budget is met, for good."""
        channels = self._channels
        keep = channels.chosen(self._steering.weighed(travel), self._goal.share)
        going = ~channels.flat(keep) & (np.concatenate(travel) > 0)
        self._limits.drop(keep)
        self._steering.end()
        self._met = True
        if self.verbose:
            left = stripped(channels.graph)
            fewer = channels.share(left) <= channels.share(keep)
            self._said = (
                f"Budget {'met' if fewer else 'not met'} after "
                f"{self._clock.progress:.0%} of the epochs: "
                f"{self._goal.told(left)} left; {int(going.sum())} channels "
                "were closed by score.\n"
            )
