"""How strong penalties have to be to close channels in time."""

import math

import numpy as np
from keras import ops
from numpy.typing import NDArray

from tfprune.optimizers.optional_state import OptionalState

Floats = NDArray[np.floating]


class Pressure:
    """Learns how channels are held back, and what closes them in time.

    Each update pushes a channel towards zero by the learning rate times the
    scale of the penalties. By how much less it came nearer, the loss has held
    it back. That is taken to go on, so the sum of both is what it takes.

    Args:
        memory: Of the optimizer; interrupted training goes on with it.
        channels: Number of channels.
    """

    def __init__(self, memory: OptionalState, channels: int) -> None:
        self._travel = memory.make("travel", (channels,))
        self._held_back = memory.make("held_back", (channels,))

    def forget(self) -> None:
        """Starts anew."""
        for state in (self._travel, self._held_back):
            state.assign(np.full(state.shape, math.nan))

    def needed(
        self, travel: Floats, pushed: Floats, updates: int, horizon: float
    ) -> Floats:
        """Notes where channels are and says what push closes them in time.

        Args:
            travel: How far each has to go, shape `(channels,)`.
            pushed: How far updates have pushed each since this was last
                called.
            updates: Number of updates since then.
            horizon: Number of updates until they are to be closed.

        Returns:
            How far each update has to push each channel.
        """
        before = ops.convert_to_numpy(self._travel)
        self._travel.assign(travel)
        if updates and not np.isnan(before).all():
            with np.errstate(invalid="ignore"):
                held = (pushed - (before - travel)) / updates
            held = np.nan_to_num(np.maximum(held, 0.0), posinf=0.0)
            last = ops.convert_to_numpy(self._held_back)
            self._held_back.assign(
                held if np.isnan(last).all() else (held + last) / 2
            )
        held_back = ops.convert_to_numpy(self._held_back)
        return travel / horizon + np.nan_to_num(held_back)
