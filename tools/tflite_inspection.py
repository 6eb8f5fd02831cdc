"""The work of `tfprune inspect` on a `.tflite` file."""

from dataclasses import dataclass
from pathlib import Path

from tfprune.export import inspect_tflite


def is_tflite(path: str) -> bool:
    """Whether a file bears the mark of TensorFlow Lite, or else its suffix."""
    try:
        with Path(path).open("rb") as file:
            return file.read(8)[4:] == b"TFL3"
    except OSError:
        # Whoever reads it next says what is wrong.
        return Path(path).suffix == ".tflite"


@dataclass(frozen=True)
class TfliteInspection:
    """Prints what a `.tflite` file holds.

    Attributes:
        path: The file.
        as_json: Whether to print JSON instead of tables.
    """

    path: str
    as_json: bool

    def run(self) -> None:
        """Reads and prints."""
        summary = inspect_tflite(self.path)
        print(summary.to_json() if self.as_json else summary)
