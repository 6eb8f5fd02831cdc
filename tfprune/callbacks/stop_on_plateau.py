"""Ends training once nothing changes any more."""

import math
import sys
from collections.abc import Sequence
from typing import Any

import keras

from tfprune.errors import InvalidInputError
from tfprune.number_checks import is_count, is_number


class StopOnPlateau(keras.callbacks.Callback):
    """Stops training when all of several numbers have come to rest.

    Sparse training goes through phases: the loss rests while scales shrink,
    and what is alive rests while the loss falls. It is over when none of them
    moves. A number rests when over `patience` epochs its largest and smallest
    value differ by at most `tolerance` of the larger. Where one is not a
    number any more, training stops too, and says so. It remembers no earlier
    `fit`: training that goes on from a file waits `patience` epochs anew.

    Source: Ye et al., "Rethinking the Smaller-Norm-Less-Informative Assumption
    in Channel Pruning of Convolution Layers", arXiv:1802.00124, section 4,
    which waits for loss, sparsity and penalty.

    Args:
        monitors: Names in the logs; `live_macs` and `penalty` are there with
            `tfprune.callbacks.SparsityHistory` before it in the list.
        patience: Number of epochs, at least 1.
        tolerance: Number from 0 on.

    Raises:
        InvalidInputError: When a number is out of its range, or there is
            nothing to monitor; when an epoch ends without one of the monitors,
            or one is not a single number.

    Example:

    ```python
    history = tfprune.callbacks.SparsityHistory()
    stop = tfprune.callbacks.StopOnPlateau(patience=3)
    model.fit(x_train, y_train, epochs=100, callbacks=[history, stop])
    ```
    """

    def __init__(
        self,
        monitors: Sequence[str] = ("loss", "live_macs", "penalty"),
        *,
        patience: int = 3,
        tolerance: float = 0.02,
    ) -> None:
        super().__init__()
        if isinstance(monitors, str) or not (
            isinstance(monitors, Sequence)
            and monitors
            and all(isinstance(x, str) for x in monitors)
        ):
            raise InvalidInputError(
                "Expected monitors to be a sequence of at least one name. "
                f"Received: monitors={monitors!r}. Give for example ['loss']."
            )
        if not is_count(patience):
            raise InvalidInputError(
                "Expected patience to be an integer of at least 1. Received: "
                f"patience={patience!r}."
            )
        if not (is_number(tolerance) and tolerance >= 0):
            raise InvalidInputError(
                "Expected tolerance to be a number of at least 0. Received: "
                f"tolerance={tolerance!r}."
            )
        self.monitors = tuple(monitors)
        self.patience = patience
        self.tolerance = float(tolerance)

    def on_train_begin(self, logs: Any = None) -> None:
        """Forgets what an earlier run has seen."""
        self._seen: list[list[float]] = []
        self._said = ""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Stops where all monitors rest."""
        logs = logs or {}
        missing = [x for x in self.monitors if x not in logs]
        if missing:
            raise InvalidInputError(
                f"Expected '{missing[0]}' in the logs, found "
                f"{', '.join(logs)}. Put tfprune.callbacks.SparsityHistory() "
                "before StopOnPlateau, or name other monitors."
            )
        self._seen.append([single(x, logs[x]) for x in self.monitors])
        for name, value in zip(self.monitors, self._seen[-1], strict=True):
            if not math.isfinite(value):
                self._said = (
                    f"Training stops after epoch {epoch + 1}: {name} is "
                    f"{value}.\n"
                )
                self.model.stop_training = True
                return
        recent = self._seen[-self.patience - 1 :]
        if len(recent) > self.patience and all(
            map(self._rests, zip(*recent, strict=True))
        ):
            self.model.stop_training = True

    def on_train_end(self, logs: Any = None) -> None:
        """Says so where a number was none, behind the progress bar."""
        sys.stdout.write(self._said)

    def _rests(self, values: Sequence[float]) -> bool:
        low, high = min(values), max(values)
        return high - low <= self.tolerance * max(abs(low), abs(high))


def single(name: str, value: Any) -> float:
    """The number that is monitored.

    Args:
        name: What it is called in the logs.
        value: What the logs hold.

    Raises:
        InvalidInputError: When it is several.
    """
    array = keras.ops.convert_to_numpy(value)
    if array.ndim:
        raise InvalidInputError(
            f"Expected '{name}' to be one number, received {array.size}. Have "
            "the metric average them, or name other monitors."
        )
    return float(array)
