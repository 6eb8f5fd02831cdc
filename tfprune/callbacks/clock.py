"""How far training has come, and when it is time for a reading."""


class Clock:
    """Counts the epochs and batches of a run.

    Args:
        epochs: The epoch that the run ends after.
        steps: Number of batches an epoch; None where that has to be seen.
        readings: How often an epoch there is to be a reading.

    Attributes:
        epochs: The epoch that the run ends after.
        steps: Number of batches an epoch, if it is known.
        epoch: The epoch at hand, from 0 on.
    """

    def __init__(self, epochs: int, steps: int | None, readings: int) -> None:
        self.epochs = epochs
        self.steps = steps
        self.epoch = 0
        self._readings = readings
        self._batches = 0

    def begin(self, epoch: int) -> None:
        """Notes that an epoch begins."""
        self.epoch, self._batches = epoch, 0

    def tick(self, batch: int) -> bool:
        """Notes that a batch is over; returns whether a reading is due.

        Args:
            batch: Its number in the epoch, from 0 on.
        """
        before, self._batches = self._batches, batch + 1
        if self.steps is None:
            return False
        done = [x * self._readings // self.steps for x in (before, batch + 1)]
        return done[1] > done[0]

    def measure(self) -> bool:
        """Notes that an epoch is over; returns whether its length was news."""
        new = self.steps is None
        if new:
            self.steps = self._batches
        return new

    @property
    def updates(self) -> int:
        """Number of batches of the whole run, as far as it is known."""
        return (self.steps or 1) * self.epochs

    @property
    def progress(self) -> float:
        """The part of the epochs that is over."""
        return (self.epoch + self._batches / (self.steps or 1)) / self.epochs
