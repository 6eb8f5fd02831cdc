"""Outputs of a `.tflite` file for a whole data set."""

import os
from typing import Any

import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.model_input import ModelInput
from tfprune.export.flatbuffer.content import read_content
from tfprune.export.running.runner import TfliteRunner
from tfprune.export.verification.samples import read_samples


def evaluate_tflite(
    path: str | os.PathLike[str], x: Any, *, num_threads: int = 1
) -> Any:
    """Computes the outputs of a `.tflite` file for many samples.

    The file is run as it is, in batches of the size it was made for; real
    numbers go in and come out, also where it stores integers.

    Args:
        path: The file.
        x: An array of shape `(samples, *shape of the input)`; for several
            inputs a tuple or list of such arrays, or a dict by input name.
        num_threads: Threads of the interpreter.

    Returns:
        An array of shape `(samples, *shape of the output)`, float32 where the
        file stores scaled integers; a list of arrays for several outputs.

    Raises:
        InvalidInputError: When the file is no model that LiteRT can run, or
            the samples do not fit it.

    Example:

    ```python
    logits = evaluate_tflite("model.tflite", x_test)
    accuracy = (logits.argmax(axis=1) == y_test).mean()
    ```
    """
    source = os.fspath(path)
    runner = TfliteRunner(
        read_content(path), source=str(source), num_threads=num_threads
    )
    wanted = [
        # A scaled integer input is given real numbers.
        ModelInput(
            info.name,
            info.shape[1:],
            info.dtype if info.scale is None else "float32",
        )
        for info in runner.inputs
    ]
    samples = read_samples(x, wanted, origin="x", limit=np.iinfo("i8").max)
    size = runner.batch_size
    batches = []
    for arrays in samples.batches(size):
        count = len(arrays[0])
        # The last batch is filled up with copies of its last sample.
        filled = [pad_batch(array, size) for array in arrays]
        outputs = runner.run(filled)
        for info, output in zip(runner.outputs, outputs, strict=True):
            if output.shape[:1] != (size,):
                raise InvalidInputError(
                    f"Output '{info.name}' of '{source}' has the shape "
                    f"{output.shape}, not one entry for each of {size} "
                    "samples. Evaluate the outputs that have."
                )
        batches.append([output[:count] for output in outputs])
    results = [np.concatenate(parts) for parts in zip(*batches, strict=True)]
    return results[0] if len(results) == 1 else results


def pad_batch(array: np.ndarray, size: int) -> np.ndarray:
    """Repeats the last sample until there are `size`."""
    missing = [(0, size - len(array))] + [(0, 0)] * (array.ndim - 1)
    return np.pad(array, missing, mode="edge")
