"""How long `.tflite` files take to run on this machine."""

import os
from collections.abc import Sequence
from contextlib import ExitStack

import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.model_input import ModelInput
from tfprune.export.flatbuffer.content import read_file
from tfprune.export.running.isolated_runner import IsolatedRunner
from tfprune.export.running.latency_report import FileLatency, LatencyReport
from tfprune.export.verification.samples import random_samples

StrPath = str | os.PathLike[str]


def measure_latency(
    paths: StrPath | Sequence[StrPath],
    *,
    num_threads: int = 1,
    runs: int = 50,
    warmup: int = 5,
    runtime: str = "litert",
) -> LatencyReport:
    """Times one or several `.tflite` files, each in a process of its own.

    The files take turns (A B A B ...), so a machine that slows down meanwhile
    slows them all, and the ratio of two of them stays right. What is timed is
    the interpreter with its default delegate (XNNPACK), without setting
    inputs or reading outputs, and the time is taken where it runs.

    Args:
        paths: One file, or several; the first one is the baseline.
        num_threads: Threads of the interpreter.
        runs: Timed runs of each file.
        warmup: Runs of each file before the first timed one.
        runtime: `"litert"`, or `"tflite_runtime"` where that is installed.

    Returns:
        A `LatencyReport`, in milliseconds.

    Raises:
        InvalidInputError: When a number is too small, or a file is no model
            that the runtime can run.
        MissingDependencyError: When the runtime is not installed.

    Example:

    ```python
    report = measure_latency(["float.tflite", "int8.tflite"])
    report.ratios()     # (1.0, 0.39): the second takes 39% of the time
    ```
    """
    if isinstance(paths, str | os.PathLike):
        paths = [paths]
    for name, value, least in (
        ("num_threads", num_threads, 1),
        ("runs", runs, 1),
        ("warmup", warmup, 0),
    ):
        if value < least:
            raise InvalidInputError(
                f"Expected `{name}` to be at least {least}. Received: {value}."
            )
    if not paths:
        raise InvalidInputError("Expected at least one file. Received none.")
    names = [os.fspath(path) for path in paths]
    with ExitStack() as stack:
        runners = [
            stack.enter_context(ready_runner(name, num_threads, runtime))
            for name in names
        ]
        for _ in range(warmup):
            for runner in runners:
                runner.time()
        times = np.array(
            [[runner.time()[0] for runner in runners] for _ in range(runs)]
        )
    return LatencyReport(
        files=tuple(
            FileLatency(name, tuple(map(float, column)))
            for name, column in zip(names, times.T, strict=True)
        ),
        num_threads=num_threads,
        runtime=runtime,
    )


def ready_runner(path: str, num_threads: int, runtime: str) -> IsolatedRunner:
    """A runner with random inputs set."""
    runner = IsolatedRunner(
        read_file(path), source=path, num_threads=num_threads, runtime=runtime
    )
    fill(runner)
    return runner


def fill(runner: IsolatedRunner) -> None:
    """Sets random inputs and runs once."""
    wanted = [
        ModelInput(
            info.name,
            info.shape,
            info.dtype if info.scale is None else "float32",
        )
        for info in runner.inputs
    ]
    arrays = random_samples(wanted, count=1).arrays if wanted else ()
    runner.run([array[0] for array in arrays])
