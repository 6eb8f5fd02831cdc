"""Whether a model runs on a target."""

import os
from dataclasses import replace

from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.flatbuffer.reader import read_tflite
from tfprune.export.targets.report import TargetReport
from tfprune.export.targets.target import Target, find_target


def check(
    model_or_path: FlatbufferModel | str | os.PathLike[str],
    target: str | Target = "litert",
) -> TargetReport:
    """Predicts what a runtime or a device does with a model.

    Nothing is run: operators, versions, types, shapes and settings are held
    against the limits of the target, each of which names its source.

    Args:
        model_or_path: A `.tflite` file, or one that was read.
        target: `"edgetpu"`, `"gpu"`, `"litert"`, `"tflite-2.14"`,
            `"tflite-2.7"`, or a `Target`.

    Returns:
        A `TargetReport`; printed, it is a table with the remedies.

    Raises:
        InvalidInputError: When there is no such file or target, or the file
            is not a whole TensorFlow Lite model.

    Example:

    ```python
    report = check("model.tflite", target="edgetpu")
    print(report)
    assert report.fits
    ```
    """
    found = find_target(target)
    if isinstance(model_or_path, FlatbufferModel):
        return found.judge(model_or_path)
    report = found.judge(read_tflite(model_or_path))
    return replace(report, path=os.fspath(model_or_path))
