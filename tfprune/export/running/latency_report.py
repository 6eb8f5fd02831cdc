"""Times of `.tflite` files, side by side."""

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from tfprune.table import render_table


@dataclass(frozen=True)
class FileLatency:
    """Times of one file.

    Args:
        path: The file.
        times: Milliseconds of every timed run, in order.
    """

    path: str
    times: tuple[float, ...]

    def quantile(self, share: float) -> float:
        """The time in ms that `share` of the runs did not exceed."""
        return float(np.quantile(self.times, share))

    @property
    def minimum(self) -> float:
        """Shortest time, in ms."""
        return min(self.times)

    @property
    def median(self) -> float:
        """Median time, in ms."""
        return self.quantile(0.5)


@dataclass(frozen=True)
class LatencyReport:
    """Times of files that took turns on one machine.

    Args:
        files: One entry for each file; the first one is the baseline.
        num_threads: Threads of the interpreter.
        runtime: Name of the runtime.

    Example:

    ```python
    print(measure_latency(["float.tflite", "int8.tflite"]))
    ```
    """

    files: tuple[FileLatency, ...]
    num_threads: int
    runtime: str = "litert"

    def ratios(self, share: float = 0.5) -> tuple[float, ...]:
        """Time of each file over that of the first one.

        Each turn gives one ratio, since the runs of a turn lie side by side.

        Args:
            share: Which quantile of the ratios; 0.5 is the median.

        Returns:
            One number a file, the first of them 1; below 1 is faster.
        """
        times = np.array([file.times for file in self.files])
        return tuple(
            float(x) for x in np.quantile(times / times[0], share, axis=1)
        )

    def as_dict(self) -> dict[str, Any]:
        """The report as dicts, lists, numbers and strings."""
        return json.loads(self.to_json())

    def to_json(self) -> str:
        """The report as JSON text, every single time included."""
        content = dataclasses.asdict(self)
        return json.dumps({**content, "ratios": self.ratios()}, indent=2)

    def __str__(self) -> str:
        """The report as a text table."""
        return render_table(
            f"Latency in ms, {self.runtime}, {self.num_threads} thread(s), "
            f"{len(self.files[0].times)} runs each, in turn",
            ["file", "min", "median", "p90", "ratio", "ratio p10-p90"],
            [
                (
                    file.path,
                    file.minimum,
                    file.median,
                    file.quantile(0.9),
                    ratio,
                    f"{low:.3g}-{high:.3g}",
                )
                for file, ratio, low, high in zip(
                    self.files,
                    self.ratios(),
                    self.ratios(0.1),
                    self.ratios(0.9),
                    strict=True,
                )
            ],
        )
