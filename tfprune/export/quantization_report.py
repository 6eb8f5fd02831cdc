"""Which layers of a model quantization hurts."""

from typing import Any

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.input_shape import InputShape
from tfprune.export.conversion.open_source import open_source
from tfprune.export.conversion.request import Conversion
from tfprune.export.conversion.source import Source
from tfprune.export.default_mode import keeping_low_bits
from tfprune.export.error_line import sentence
from tfprune.export.quantization import (
    QuantizationMode,
    Quantize,
    find_mode,
)
from tfprune.export.quantization.noise import measure_noise
from tfprune.export.quantization.noise_report import QuantizationReport
from tfprune.export.verification.samples import Samples, read_samples

CALIBRATION_SAMPLES = 500
# The model is run once for each of its operators on each of them.
MEASURED_SAMPLES = 16


def quantization_report(
    source: Any,
    quantize: Quantize,
    representative_data: Any,
    *,
    input_shape: InputShape = None,
    signature: str | None = None,
    num_samples: int = MEASURED_SAMPLES,
) -> QuantizationReport:
    """Measures the error that quantization brings to each layer.

    The model is converted to float and quantized by litert-quantizer, whole
    and then one operator at a time. The layer with the largest share is the
    first to leave in float32: `quantize={"*": "int8", "that_layer":
    "float32"}`.

    Args:
        source: As in `export_tflite`.
        quantize: As in `export_tflite`.
        representative_data: Typical inputs, as in `export_tflite`.
        input_shape: As in `export_tflite`.
        signature: As in `export_tflite`.
        num_samples: How many of the inputs to measure on.

    Returns:
        A `QuantizationReport`; printed, it is a table.

    Raises:
        InvalidInputError: When an argument is wrong, or the model cannot be
            converted.

    Example:

    ```python
    print(quantization_report("model.keras", "int8", x_train))
    ```
    """
    mode = find_mode(quantize)
    if num_samples < 1:
        raise InvalidInputError(
            f"Expected `num_samples` of 1 or more. Received: {num_samples}."
        )
    with open_source(
        source, input_shape=input_shape, signature=signature
    ) as opened:
        given = read_samples(
            representative_data,
            opened.inputs,
            origin="representative_data",
            limit=CALIBRATION_SAMPLES,
        )
        return measure_layers(
            opened,
            keeping_low_bits(mode, opened),
            given,
            num_samples=num_samples,
        )


def measure_layers(
    source: Source,
    mode: QuantizationMode,
    given: Samples,
    *,
    num_samples: int = MEASURED_SAMPLES,
    select_tf_ops: bool = False,
) -> QuantizationReport:
    """The same for a source that is open.

    Args:
        source: The model.
        mode: The quantization mode.
        given: Typical inputs; ranges are found on all of them.
        num_samples: How many of them to measure on.
        select_tf_ops: As in `export_tflite`.

    Raises:
        InvalidInputError: When the model cannot be converted to floats, or
            quantized by the rules of the mode.
    """
    refuse_trained_ranges(source)
    return measure_noise(
        source.convert(Conversion(mode, select_tf_ops=select_tf_ops).in_floats),
        mode,
        calibration=given if mode.needs_data else None,
        samples=given.at_most(num_samples),
    )


def samples_to_measure(
    source: Source, mode: QuantizationMode, given: Samples | None
) -> Samples:
    """The inputs to measure layers on, if there is something to measure.

    Args:
        source: The model.
        mode: The quantization mode.
        given: Typical inputs, or None.

    Raises:
        InvalidInputError: When the mode rounds nothing, the layers cannot be
            quantized one at a time, or inputs are missing.
    """
    refuse_trained_ranges(source)
    if not mode.rules():
        raise InvalidInputError(
            "Expected `layer_report` with a quantization mode. Received: "
            f"'{mode.name}', which rounds nothing."
        )
    if given is None:
        raise InvalidInputError(
            "Expected `representative_data` or `verify_data` with "
            "`layer_report`: typical inputs, on which it measures the error."
        )
    return given


def refuse_trained_ranges(source: Source) -> None:
    """Refuses a model whose layers cannot be quantized one at a time.

    Raises:
        InvalidInputError: When it was trained with fake quantization.
    """
    if source.brings_ranges:
        raise InvalidInputError(
            f"{sentence(source.title)} was trained with fake quantization, so "
            "its layers cannot be quantized one at a time. Expected a model of "
            "floats for a report on its layers."
        )
