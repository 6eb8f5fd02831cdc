"""A quantization mode within a limit of accuracy."""

from collections.abc import Sequence
from typing import Any

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.request import Conversion
from tfprune.export.conversion.source import Source
from tfprune.export.error_line import sentence
from tfprune.export.passes import Pass, run_passes
from tfprune.export.quantization import QuantizationMode
from tfprune.export.quantization.accuracy_limit import keep_accuracy
from tfprune.export.quantization.labelled import LabelledData


def limited_mode(
    source: Source,
    conversion: Conversion,
    labelled_data: Any,
    max_accuracy_drop: float,
    passes: Sequence[Pass] = (),
) -> QuantizationMode:
    """The mode that was asked for, with layers left out where it must be.

    Args:
        source: The model.
        conversion: What was asked for.
        labelled_data: Inputs and classes, `(x, y)`.
        max_accuracy_drop: How much accuracy may be lost against float32, such
            as 0.002.
        passes: What the file goes through besides the usual passes.

    Raises:
        InvalidInputError: When an argument is wrong.
        VerificationError: When the limit cannot be met.
    """
    if labelled_data is None or not 0 <= max_accuracy_drop < 1:
        raise InvalidInputError(
            "Expected `max_accuracy_drop` from 0 to 1, with `labelled_data` "
            f"(x, y) to measure it on. Received: {max_accuracy_drop}"
            f"{' without data' if labelled_data is None else ''}."
        )
    if source.brings_ranges:
        raise InvalidInputError(
            f"{sentence(source.title)} was trained with fake quantization, so "
            "its file computes what it does, and no layer can be left in "
            "floats. Received: max_accuracy_drop. Leave it out; to "
            "leave layers in floats, choose the others by `layers` of "
            "tfprune.quantize_aware."
        )
    data = LabelledData.of(labelled_data, source.inputs)
    plain = source.convert(conversion.in_floats)
    floor = data.accuracy(plain) - max_accuracy_drop
    whole = source.convert(conversion)
    run_passes(whole)
    run_passes(whole, passes)
    if data.accuracy(whole) >= floor:
        return conversion.mode
    return keep_accuracy(
        plain,
        conversion.mode,
        data,
        calibration=conversion.samples,
        floor=floor,
        passes=passes,
    )
