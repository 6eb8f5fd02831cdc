"""What a command says while it works.

It goes to standard error, so that standard output holds the report alone.
"""

import contextlib
import time
from collections.abc import Iterator

import keras
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

# How often a line is written where no bar can be drawn.
SECONDS_BETWEEN_LINES = 10.0


def say(text: str) -> None:
    """Writes one line."""
    console().print(text)


def console() -> Console:
    """Standard error as it is now; lines are never broken."""
    return Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


@contextlib.contextmanager
def epoch_progress(
    label: str, epochs: int
) -> Iterator[keras.callbacks.Callback]:
    """Gives a callback that shows how far training is.

    On a terminal it moves a bar; elsewhere it writes a line now and then. A
    last line sums up.

    Args:
        label: What is trained.
        epochs: Number of epochs.

    Yields:
        The callback for `model.fit`.

    Example:

    ```python
    with epoch_progress("baseline", 10) as callback:
        model.fit(x, y, epochs=10, verbose=0, callbacks=[callback])
    ```
    """
    terminal = console()
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("epochs, accuracy {task.fields[accuracy]}"),
        TimeRemainingColumn(),
        console=terminal,
        transient=True,
        disable=not terminal.is_terminal,
    )
    with progress:
        callback = EpochProgress(label, epochs, progress)
        yield callback
    say(callback.summary())


class EpochProgress(keras.callbacks.Callback):
    """Moves a progress bar at the end of every epoch.

    Args:
        label: What is trained.
        epochs: Number of epochs.
        progress: The bar; where it is disabled, lines are written.
    """

    def __init__(self, label: str, epochs: int, progress: Progress) -> None:
        super().__init__()
        self.label = label
        self.epochs = epochs
        self.progress = progress
        self.task = progress.add_task(label, total=epochs, accuracy="-")
        self.accuracy = "-"
        self.start = self.last_line = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Shows the epoch that ended."""
        self.accuracy = f"{(logs or {}).get('accuracy', 0.0):.1%}"
        self.progress.update(self.task, advance=1, accuracy=self.accuracy)
        now = time.monotonic()
        due = now - self.last_line > SECONDS_BETWEEN_LINES
        if self.progress.disable and due and epoch + 1 < self.epochs:
            self.last_line = now
            say(
                f"{self.label}: epoch {epoch + 1} of {self.epochs}, training "
                f"accuracy {self.accuracy}"
            )

    def summary(self) -> str:
        """The line that stays."""
        return (
            f"{self.label}: {self.epochs} epochs in "
            f"{time.monotonic() - self.start:.1f} s, training accuracy "
            f"{self.accuracy}"
        )
