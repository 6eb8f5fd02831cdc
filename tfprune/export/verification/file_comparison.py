"""Two `.tflite` files on the same inputs."""

import dataclasses
import json
import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.model_input import ModelInput
from tfprune.export.flatbuffer.content import read_file
from tfprune.export.running.isolated_runner import IsolatedRunner
from tfprune.export.running.tensor_info import TensorInfo
from tfprune.export.verification.output_comparison import (
    OutputComparison,
    compare_values,
)
from tfprune.export.verification.samples import (
    Samples,
    random_samples,
    read_samples,
)
from tfprune.table import render_table

StrPath = str | os.PathLike[str]
RANDOM_SAMPLES = 32


@dataclass(frozen=True)
class FileComparison:
    """How far a second `.tflite` file is from a first one.

    Args:
        paths: The two files.
        num_samples: Number of samples compared.
        origin: Where the samples come from.
        outputs: One comparison for each output.
        accuracies: Share of samples that each file classifies right, by its
            first output; None without labels.
    """

    paths: tuple[str, str]
    num_samples: int
    origin: str
    outputs: tuple[OutputComparison, ...]
    accuracies: tuple[float, float] | None

    @property
    def relative_error(self) -> float:
        """Largest relative error of any output."""
        return max((x.relative_error for x in self.outputs), default=0.0)

    def to_json(self) -> str:
        """The comparison as JSON text."""
        return json.dumps(dataclasses.asdict(self), indent=2)

    def __str__(self) -> str:
        """The comparison as a text table."""
        first, second = self.paths
        table = render_table(
            f"On {self.num_samples} samples ({self.origin})",
            ["output", "largest error", "relative", "SNR in dB", "top-1"],
            [
                (
                    x.name,
                    x.max_abs_error,
                    x.relative_error,
                    "equal" if x.snr_db is None else f"{x.snr_db:.1f}",
                    None if x.agreement is None else f"{x.agreement:.2%}",
                )
                for x in self.outputs
            ],
        )
        text = f"{second} against\n{first}\n\n{table}"
        if self.accuracies is None:
            return text
        shares = " and ".join(f"{share:.2%}" for share in self.accuracies)
        return f"{text}\n\nAccuracy: {shares}."


def compare_tflite(
    first: StrPath,
    second: StrPath,
    *,
    data: Any = None,
    labels: Any = None,
    num_threads: int = 1,
    seed: int = 0,
) -> FileComparison:
    """Runs two `.tflite` files on the same inputs and compares the outputs.

    Each file is run in a process of its own. Real numbers go in and come out,
    so a float and an integer file can be compared. Inputs and outputs are
    matched by their order.

    Args:
        first: The file that the other is measured by.
        second: The other file.
        data: An array of shape `(samples, *shape of the input)`; for several
            inputs a tuple or list of such arrays, or a dict by the first
            file's input names. By default 32 random samples.
        labels: Classes of the samples, shape `(samples,)`, for the accuracy.
        num_threads: Threads of the interpreters.
        seed: Seed of random samples.

    Returns:
        A `FileComparison`; printed, it is a table.

    Raises:
        InvalidInputError: When a file cannot be read or run, the two do not
            take the same inputs, or the data do not fit them.
        VerificationError: When outputs cannot be compared at all.

    Example:

    ```python
    comparison = compare_tflite("float.tflite", "int8.tflite", data=x_test)
    comparison.outputs[0].snr_db        # 31.4
    ```
    """
    paths = (os.fspath(first), os.fspath(second))
    with ExitStack() as stack:
        one, other = (
            stack.enter_context(
                IsolatedRunner(
                    read_file(path), source=path, num_threads=num_threads
                )
            )
            for path in paths
        )
        inputs = [input_of(info) for info in one.inputs]
        check_inputs(paths, inputs, [input_of(info) for info in other.inputs])
        samples = samples_for(inputs, data, seed)
        expected, received = (run_samples(x, samples) for x in (one, other))
    infos, others = one.outputs, other.outputs
    if len(infos) != len(others):
        raise InvalidInputError(
            f"Expected as many outputs in '{paths[1]}' as in '{paths[0]}', "
            f"{len(infos)}. Received: {len(others)}."
        )
    return FileComparison(
        paths=paths,
        num_samples=len(samples),
        origin=samples.origin,
        outputs=tuple(
            compare_values(info.name, *pair)
            for info, *pair in zip(infos, expected, received, strict=True)
        ),
        accuracies=None
        if labels is None
        else (
            accuracy(expected[0], labels),
            accuracy(received[0], labels),
        ),
    )


def input_of(info: TensorInfo) -> ModelInput:
    """What an input of a file takes; scaled integers take real numbers."""
    dtype = info.dtype if info.scale is None else "float32"
    return ModelInput(info.name, info.shape[1:], dtype)


def samples_for(inputs: Sequence[ModelInput], data: Any, seed: int) -> Samples:
    """The samples that a caller gave, or random ones."""
    if not inputs:
        raise InvalidInputError("A file without inputs cannot be compared.")
    if data is None:
        return random_samples(inputs, count=RANDOM_SAMPLES, seed=seed)
    return read_samples(data, inputs, origin="data", limit=np.iinfo("i8").max)


def check_inputs(
    paths: tuple[str, str],
    first: Sequence[ModelInput],
    second: Sequence[ModelInput],
) -> None:
    """Refuses files that do not take the same inputs."""
    shapes = [[x.shape for x in inputs] for inputs in (first, second)]
    if shapes[0] != shapes[1]:
        raise InvalidInputError(
            f"Expected '{paths[1]}' to take samples of the shapes of "
            f"'{paths[0]}', {shapes[0]}. Received: {shapes[1]}."
        )


def run_samples(runner: IsolatedRunner, samples: Samples) -> list[np.ndarray]:
    """Outputs of a file for all samples, one array for each output.

    Outputs without a batch axis get one: an entry for each run.
    """
    size = runner.batch_size
    batches = []
    for arrays in samples.batches(size):
        count = len(arrays[0])
        # The last batch is filled up with copies of its last sample.
        filled = [
            array[np.minimum(np.arange(size), count - 1)] for array in arrays
        ]
        batches.append(
            [
                output[:count] if output.shape[:1] == (size,) else output[None]
                for output in runner.run(filled)
            ]
        )
    try:
        return [np.concatenate(parts) for parts in zip(*batches, strict=True)]
    except ValueError as error:
        raise InvalidInputError(
            f"The outputs of '{runner.source}' change their shapes with the "
            "input and cannot be compared over several samples. Compare one "
            "sample at a time."
        ) from error


def accuracy(output: np.ndarray, labels: Any) -> float:
    """Share of samples whose largest value stands at their label.

    Raises:
        InvalidInputError: When labels and output do not fit each other.
    """
    classes = np.asarray(labels).ravel()
    if output.ndim != 2 or len(classes) != len(output):
        raise InvalidInputError(
            f"Expected an output of shape ({len(classes)}, classes) for "
            f"{len(classes)} labels. Received: {output.shape}."
        )
    return float((output.argmax(axis=1) == classes).mean())
