"""How long a file takes on the machine that describes it."""

import importlib.metadata
import os
from dataclasses import dataclass

from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.running.latency import measure_latency
from tfprune.export.running.latency_report import LatencyReport
from tfprune.export.running.machine import machine_name, num_cores
from tfprune.export.running.runtime import TENSORFLOW, runtime_for

PACKAGES = {TENSORFLOW.title: "tensorflow"}


@dataclass(frozen=True)
class MeasuredLatency:
    """Times of one file on one machine.

    Args:
        machine: What the machine is.
        runtime: What ran the file, with its version.
        reports: The times, in ms, one entry for each number of threads.
    """

    machine: str
    runtime: str
    reports: tuple[LatencyReport, ...]

    def rows(self) -> list[tuple[str, str, str, str]]:
        """Threads, median, the middle 80% and the number of runs, as text."""
        rows = []
        for report in self.reports:
            (file,) = report.files
            spread = f"{file.quantile(0.1):.3g} to {file.quantile(0.9):.3g}"
            rows.append(
                (
                    str(report.num_threads),
                    f"{file.median:.3g} ms",
                    f"{spread} ms",
                    str(len(file.times)),
                )
            )
        return rows


def measure_here(
    path: str | os.PathLike[str], model: FlatbufferModel
) -> MeasuredLatency:
    """Times a file on one thread, and on as many as there are processors.

    Args:
        path: The file.
        model: What it holds.

    Raises:
        InvalidInputError: When the runtime cannot run it.

    Example:

    ```python
    measure_here("model.tflite", read_tflite("model.tflite")).rows()
    ```
    """
    runtime = runtime_for(model, "litert")
    package = PACKAGES.get(runtime.title, "ai-edge-litert")
    return MeasuredLatency(
        machine=machine_name(),
        runtime=f"{runtime.title} {importlib.metadata.version(package)}",
        reports=tuple(
            measure_latency(path, num_threads=count)
            for count in sorted({1, num_cores()})
        ),
    )
