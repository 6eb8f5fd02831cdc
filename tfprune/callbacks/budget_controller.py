"""Steers the strength of penalties until a model meets a budget."""

import sys
from typing import Any

import keras
import numpy as np

from tfprune.allocation import Budget, Floor
from tfprune.callbacks.channel_limits import ChannelLimits
from tfprune.callbacks.live_channels import LiveChannels
from tfprune.callbacks.pressure import Floats, Pressure
from tfprune.callbacks.proximal_of import proximal_of
from tfprune.callbacks.steered_gates import set_scale
from tfprune.errors import InvalidInputError
from tfprune.graph import trace
from tfprune.optimizers.inner import steady_step

FIRST_HORIZON, HORIZON = 0.3, 0.06
"""Part of the way to the budget that the strength looks ahead, at the start,
where channels are all as far from zero, and later."""

FASTEST = 2.0
"""Most that the strength changes by from one reading to the next."""

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
            Exactly one of this and the next three is given.
        parameters: Part of its parameters to keep, in (0, 1].
        num_bytes: Part of the bytes of its weights to keep, in (0, 1].
        sparsity: Part of the channels that can be closed to close, in [0, 1).
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
        )
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

    @property
    def share(self) -> float:
        """The part of the model that the budget leaves."""
        fraction = self.budget.fraction
        return 1 - fraction if self.budget.unit == "sparsity" else fraction

    def on_train_begin(self, logs: Any = None) -> None:
        """Traces the model and makes the limits of its variables.

        Raises:
            InvalidInputError: When the optimizer is not `Proximal`, there is
                nothing to steer, or the floors alone exceed the budget.
        """
        model = self.model
        self._proximal = proximal_of(model.optimizer, type(self).__name__)
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        self._channels = LiveChannels(
            trace(model), self.budget.unit, self.floor
        )
        self._channels.chosen(self._channels.travel(), self.share)
        self._limits = ChannelLimits(self._channels, self._proximal)
        # The train step has new state.
        model.make_train_function(force=True)
        self._pressure = Pressure()
        self._push: float | None = None
        self._started = self._met = False
        self._steps: int | None = self.params.get("steps")

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Starts the run, or finds out where it was interrupted.

        It is no earlier, so that others have restored what they restore.
        """
        self._epoch, self._batches = epoch, 0
        if not self._started:
            self._started = True
            self._sync()
            self._updates = int(self._proximal.iterations)
            travel = self._channels.travel()
            left = self._channels.share(self._channels.alive(travel))
            self._met = self._limits.dropped and left <= self.share * NEAR
            resumed = epoch > 0 and self.scale > 0
            if not self._met and self._steps is not None:
                self._steer(travel, resumed)
            elif not resumed:
                # How long an epoch is has to be seen first.
                self._assign(0.0)

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
            alive = self._channels.alive(self._channels.travel())
            unit = self.budget.unit
            name = "channels" if unit == "sparsity" else unit
            logs[f"live_{name}"] = self._channels.share(alive)
            logs["penalty_scale"] = self.scale

    def on_train_end(self, logs: Any = None) -> None:
        """Makes sure that the budget is met, however training ended."""
        self._sync()
        if not self._met:
            self._meet(self._channels.travel())
        self._limits.enforce()

    @property
    def scale(self) -> float:
        """The scale of the penalties."""
        return float(keras.ops.convert_to_numpy(self._proximal.penalty_scale))

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

    def _read(self) -> None:
        """Meets the budget where it is near, else sets the scale."""
        self._sync()
        travel = self._channels.travel()
        left = self._channels.share(self._channels.alive(travel))
        if left <= self.share * NEAR or self.progress >= self.reach:
            self._meet(travel)
        else:
            self._limits.keep(self._channels.chosen(travel, self.share))
            self._steer(travel)

    def _steer(self, travel: list[Floats], resumed: bool = False) -> None:
        """Sets the scale that closes the next channels in time.

        Args:
            travel: How far the channels are from zero.
            resumed: Whether the scale is that of an interrupted run, which
                knows how hard the loss holds channels back.
        """
        channels, first = self._channels, self._push is None
        step = float(
            keras.ops.convert_to_numpy(
                steady_step(self._proximal.inner_optimizer)
            )
        )
        now = int(self._proximal.iterations)
        updates, self._updates = now - self._updates, now
        ahead = (FIRST_HORIZON if first else HORIZON) * self.reach
        whole = (self._steps or 1) * self.params["epochs"]
        pushes = self._pressure.needed(
            np.concatenate(travel),
            (self._push or 0.0) * updates,
            updates,
            max(ahead * whole, 1.0),
        )
        way = min((self.progress + ahead) / self.reach, 1.0)
        target = 1 - (1 - self.share) * way
        keep = channels.chosen(channels.split(pushes), target)
        going = ~channels.flat(keep) & (np.concatenate(travel) > 0)
        push = pushes[going & np.isfinite(pushes)].max(initial=0.0)
        scale, before = push / step if step > 0 else 0.0, self.scale
        if resumed or step == 0:
            scale = before
        elif not first and before > 0:
            scale = min(max(scale, before / FASTEST), before * FASTEST)
        self._push = scale * step
        self._assign(scale)

    def _meet(self, travel: list[Floats]) -> None:
        """Closes channels by score until the budget is met, for good."""
        channels = self._channels
        keep = channels.chosen(travel, self.share)
        going = ~channels.flat(keep) & (np.concatenate(travel) > 0)
        self._limits.drop(keep)
        self._assign(0.0)
        self._met = True
        if self.verbose:
            left = channels.share(keep)
            unit = self.budget.unit
            what = "channels" if unit == "sparsity" else unit
            sys.stdout.write(
                f"\nBudget met after {self.progress:.0%} of the epochs: "
                f"{left:.1%} of the {what} left; {int(going.sum())} channels "
                "were closed by score.\n"
            )

    def _assign(self, scale: float) -> None:
        """Sets the scale of all penalties."""
        self._proximal.penalty_scale.assign(scale)
        set_scale(self._channels.gates, scale)
