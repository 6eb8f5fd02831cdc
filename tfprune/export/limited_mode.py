"""A quantization mode within a limit of accuracy."""

from typing import Any

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.request import Conversion
from tfprune.export.conversion.source import Source
from tfprune.export.quantization import MODES, QuantizationMode
from tfprune.export.quantization.accuracy_limit import keep_accuracy
from tfprune.export.quantization.labelled import LabelledData


def limited_mode(
    source: Source,
    conversion: Conversion,
    labelled_data: Any,
    max_accuracy_drop: float,
) -> QuantizationMode:
    """The mode that was asked for, with layers left out where it must be.

    Args:
        source: The model.
        conversion: What was asked for.
        labelled_data: Inputs and classes, `(x, y)`.
        max_accuracy_drop: How much accuracy may be lost against float32, such
            as 0.002.

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
    data = LabelledData.of(labelled_data, source.inputs)
    plain = source.convert(Conversion(mode=MODES.get("float32")))
    floor = data.accuracy(plain) - max_accuracy_drop
    if data.accuracy(source.convert(conversion)) >= floor:
        return conversion.mode
    return keep_accuracy(
        plain,
        conversion.mode,
        data,
        calibration=conversion.samples,
        floor=floor,
    )
