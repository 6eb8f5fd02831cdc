"""Files that TensorBoard reads."""

import importlib
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tfprune.errors import MissingDependencyError


class EventFile:
    """Writes numbers and their distributions for TensorBoard.

    Needs the package `tensorboard`, and no TensorFlow.

    Args:
        folder: Where the file is made, beside others that are there.

    Raises:
        MissingDependencyError: When the package is not installed.
    """

    def __init__(self, folder: Path) -> None:
        self._scalars = part("plugins.scalar.summary_v2")
        self._histograms = part("plugins.histogram.summary_v2")
        self._events = part("compat.proto.event_pb2")
        writer = part("summary.writer.event_file_writer")
        self._writer = writer.EventFileWriter(str(folder))

    def scalar(self, tag: str, value: float, step: int) -> None:
        """Adds a number to those of a tag."""
        self._add(self._scalars.scalar_pb(tag, value), step)

    def histogram(
        self, tag: str, values: NDArray[np.floating], step: int
    ) -> None:
        """Adds how numbers are distributed to what there is of a tag."""
        self._add(self._histograms.histogram_pb(tag, values), step)

    def flush(self) -> None:
        """Has the disk hold all that was added."""
        self._writer.flush()

    def close(self) -> None:
        """Ends the file."""
        self._writer.close()

    def _add(self, summary: Any, step: int) -> None:
        event = self._events.Event(
            summary=summary, step=step, wall_time=time.time()
        )
        self._writer.add_event(event)


def part(name: str) -> Any:
    """Imports a module of the package `tensorboard`.

    Args:
        name: Dotted name below it.

    Raises:
        MissingDependencyError: With the line that installs it.
    """
    try:
        return importlib.import_module(f"tensorboard.{name}")
    except ImportError as error:
        raise MissingDependencyError(
            "Writing for TensorBoard needs the package 'tensorboard', which "
            f"could not be imported ({error}). Install it with: pip install "
            "'tensorboard>=2.19'"
        ) from error
