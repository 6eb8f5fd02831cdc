"""Stripping that is compared with the file before."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.export.error_line import error_line
from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.flatbuffer.reader import read_tflite
from tfprune.export.flatbuffer.writer import serialize
from tfprune.export.running.isolated_interpreter import temporary_file
from tfprune.export.running.trial_runs import TrialRuns
from tfprune.export.strip import strip_flatbuffer
from tfprune.export.strip_report import StripReport

# Sums of floats in another order; one step of an integer is far more.
TOLERANCE = 1e-5


def strip_and_compare(
    model: FlatbufferModel,
) -> tuple[FlatbufferModel, StripReport]:
    """Strips a model, and takes it back where the outputs are not the same.

    Both are run on random inputs, with LiteRT's fast kernels and without, in
    a process of their own.

    Args:
        model: The model; it is changed.

    Returns:
        The stripped model, and the report with the largest relative
        difference; or the model as it was, with a warning in the report.

    Example:

    ```python
    model, report = strip_and_compare(read_tflite("model.tflite"))
    ```
    """
    with (
        # It may be large, and is read only where stripping went wrong.
        temporary_file(serialize(model)) as before,
        TrialRuns() as trials,
    ):
        report = strip_flatbuffer(model, trials)
        if not report.removed:
            return model, report
        try:
            with temporary_file(serialize(model)) as after:
                found = largest_difference(before, after, model, trials)
        except InvalidInputError as error:
            warning = (
                "The stripped model could not be compared with the one before, "
                f"which does not run here: {error_line(error)}"
            )
            return model, replace(report, warnings=(*report.warnings, warning))
        if found <= TOLERANCE:
            return model, replace(report, difference=found)
        untouched = read_tflite(before)
    warning = (
        f"Stripping was taken back: without {report.removed} channels that "
        f"seemed dead the outputs differed by {found:.2g} of the largest. "
        "Please report the file."
    )
    return untouched, replace(
        report,
        channels={},
        absorbed=0,
        bytes_after=report.bytes_before,
        macs_after=report.macs_before,
        warnings=(*report.warnings, warning),
    )


def largest_difference(
    before: Path, after: Path, model: FlatbufferModel, trials: TrialRuns
) -> float:
    """Largest difference of any output, over the largest number of it.

    Args:
        before: A file.
        after: The file that shall compute the same.
        model: What one of them holds; the other has the same inputs.
        trials: Runs them.

    Returns:
        The difference; infinite where only the first one can be run.

    Raises:
        InvalidInputError: When the first one cannot be run here.
    """
    expected = list(trials.of(before, model))
    try:
        received = list(trials.of(after, model))
    except InvalidInputError:
        return float("inf")
    return max(
        (
            difference(one, two)
            for wanted, found in zip(expected, received, strict=True)
            for one, two in zip(wanted, found, strict=True)
        ),
        default=0.0,
    )


def difference(expected: np.ndarray, received: np.ndarray) -> float:
    """Largest difference of two arrays, over the largest number."""
    if expected.shape != received.shape:
        return float("inf")
    if np.array_equal(expected, received):
        return 0.0
    if expected.dtype.kind not in "biuf":
        return float("inf")
    one, two = expected.astype("f8"), received.astype("f8")
    same = (one == two) | (np.isnan(one) & np.isnan(two))
    apart = np.where(same, 0.0, np.abs(one - two))
    scale = np.max(np.abs(one[np.isfinite(one)]), initial=0.0)
    found = float(apart.max() / scale) if scale else float("inf")
    return float("inf") if np.isnan(found) else found
