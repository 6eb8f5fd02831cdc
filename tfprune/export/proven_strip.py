"""Stripping that is compared with the file before."""

from dataclasses import replace

import numpy as np

from tfprune.export.channels.measurement import RESOLVERS, outputs_of
from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.flatbuffer.reader import parse_tflite
from tfprune.export.flatbuffer.writer import serialize
from tfprune.export.passes import run_passes
from tfprune.export.quiet import quiet_native_logs
from tfprune.export.strip import StripReport, strip_flatbuffer

# Sums of floats in another order; one step of an integer is far more.
TOLERANCE = 1e-5


def strip_and_compare(
    model: FlatbufferModel,
) -> tuple[FlatbufferModel, StripReport, tuple[str, ...]]:
    """Strips a model, and takes it back where the outputs are not the same.

    Both are run on random inputs, with LiteRT's fast kernels and without.

    Args:
        model: The model; it is changed.

    Returns:
        The stripped model, the report with the largest relative difference,
        and no warnings; or the model as it was, with a warning that says so.

    Example:

    ```python
    model, report, warnings = strip_and_compare(read_tflite("model.tflite"))
    ```
    """
    before = serialize(model)
    report = strip_flatbuffer(model)
    if not report.removed:
        return model, report, ()
    run_passes(model)
    found = largest_difference(before, serialize(model), model)
    if found is None or found <= TOLERANCE:
        return model, replace(report, difference=found), ()
    untouched = parse_tflite(before)
    return (
        untouched,
        replace(report, channels={}, absorbed=0, difference=None),
        (
            f"Stripping was taken back: without {report.removed} channels that "
            f"seemed dead the outputs differed by {found:.2g} of the largest. "
            "Please report the file.",
        ),
    )


def largest_difference(
    before: bytes, after: bytes, model: FlatbufferModel
) -> float | None:
    """Largest difference of any output, over the largest number of it.

    Args:
        before: A file.
        after: The file that shall compute the same.
        model: What the second one holds; both take the same inputs.

    Returns:
        The difference; None where the first one cannot be run here.
    """
    worst = 0.0
    for resolver in RESOLVERS:
        try:
            with quiet_native_logs():
                expected = outputs_of(before, model.main, resolver)
        except (RuntimeError, ValueError, KeyError):
            return None
        try:
            with quiet_native_logs():
                received = outputs_of(after, model.main, resolver)
        except (RuntimeError, ValueError):
            return float("inf")
        for wanted, found in zip(expected, received, strict=True):
            for one, two in zip(wanted, found, strict=True):
                worst = max(worst, difference(one, two))
    return worst


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
