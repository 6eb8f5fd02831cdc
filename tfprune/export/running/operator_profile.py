"""How long each operator of a `.tflite` file takes."""

import os
from dataclasses import dataclass, replace

import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.flatbuffer.reader import read_tflite
from tfprune.export.flatbuffer.tensor import NUMPY_TYPES
from tfprune.export.flatbuffer.writer import serialize
from tfprune.export.running.isolated_runner import IsolatedRunner
from tfprune.export.running.latency import fill
from tfprune.table import render_table


@dataclass(frozen=True)
class OperatorTime:
    """What an operator adds to the time of a run.

    Args:
        name: Name of the built-in, or the custom code.
        output: Name of its first output.
        median: Milliseconds of a run that ends with it.
        added: Milliseconds more than a run that ends before it. Noise may
            make it negative, and so may an operator that the runtime joins
            with the next one.
    """

    name: str
    output: str
    median: float
    added: float


@dataclass(frozen=True)
class OperatorProfile:
    """Times of all operators of a file.

    Args:
        path: The file.
        operators: One entry for each operator of the main subgraph.
        num_threads: Threads of the interpreter.
    """

    path: str
    operators: tuple[OperatorTime, ...]
    num_threads: int

    def __str__(self) -> str:
        """The profile as a text table."""
        whole = max((x.median for x in self.operators), default=0.0) or 1.0
        return render_table(
            f"Operators of {self.path} in ms, {self.num_threads} thread(s), "
            "as differences of models that end with each",
            ["operator", "output", "added", "share"],
            [
                (x.name, x.output, x.added, f"{x.added / whole:.1%}")
                for x in self.operators
            ],
        )


def profile_operators(
    path: str | os.PathLike[str], *, num_threads: int = 1, runs: int = 20
) -> OperatorProfile:
    """Times the operators of a `.tflite` file.

    LiteRT's Python interpreter has no profiler. So the model is cut after its
    first operator, after its second and so on; each part is timed, and an
    operator is charged with what it adds.

    Args:
        path: The file.
        num_threads: Threads of the interpreter.
        runs: Timed runs of each part.

    Returns:
        An `OperatorProfile`; printed, it is a table.

    Raises:
        InvalidInputError: When the file cannot be read or run, or has no
            operator.

    Example:

    ```python
    print(profile_operators("model.tflite"))
    ```
    """
    model = read_tflite(path)
    if not model.main.operators:
        raise InvalidInputError(f"'{os.fspath(path)}' has no operators.")
    times: list[OperatorTime] = []
    before = 0.0
    for position, operator in enumerate(model.main.operators):
        output = operator.outputs[0].name if operator.outputs else ""
        part = cut_after(model, position)
        median = before
        if part.main.outputs:
            median = time_part(part, os.fspath(path), num_threads, runs)
        times.append(
            OperatorTime(operator.name, output, median, median - before)
        )
        before = median
    return OperatorProfile(os.fspath(path), tuple(times), num_threads)


def cut_after(model: FlatbufferModel, position: int) -> FlatbufferModel:
    """The model up to an operator, whose outputs become its outputs.

    Outputs that are no numbers (handles of variables) cannot be returned and
    are left out.
    """
    kept = model.main.operators[: position + 1]
    outputs = [x for x in kept[-1].outputs if x.dtype in NUMPY_TYPES]
    main = replace(model.main, operators=kept, outputs=outputs)
    return replace(model, subgraphs=[main, *model.subgraphs[1:]], signatures=[])


def time_part(
    part: FlatbufferModel, source: str, num_threads: int, runs: int
) -> float:
    """Median milliseconds of a run of a part of a model."""
    with IsolatedRunner(
        serialize(part), source=source, num_threads=num_threads
    ) as runner:
        fill(runner)
        return float(np.median(runner.time(runs)))
