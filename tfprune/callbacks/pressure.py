"""How strong penalties have to be to close channels in time."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


class Pressure:
    """Learns how channels are held back, and what closes them in time.

    Each update pushes a channel towards zero by the learning rate times the
    scale of the penalties. By how much less it came nearer, the loss has held
    it back. That is taken to go on, so the sum of both is what it takes.
    """

    def __init__(self) -> None:
        self._travel: Floats | None = None
        self._held_back: Floats | None = None

    def needed(
        self, travel: Floats, pushed: float, updates: int, horizon: float
    ) -> Floats:
        """Notes where channels are and says what push closes them in time.

        Args:
            travel: How far each has to go, shape `(channels,)`.
            pushed: How far updates have pushed since this was last called.
            updates: Number of updates since then.
            horizon: Number of updates until they are to be closed.

        Returns:
            How far each update has to push for each channel.
        """
        before, self._travel = self._travel, travel
        if before is not None and updates:
            with np.errstate(invalid="ignore"):
                held = (pushed - (before - travel)) / updates
            held = np.nan_to_num(np.maximum(held, 0.0), posinf=0.0)
            if self._held_back is not None:
                held = (held + self._held_back) / 2
            self._held_back = held
        held_back = 0.0 if self._held_back is None else self._held_back
        return travel / horizon + held_back
