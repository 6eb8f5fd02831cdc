"""Which layers of a model quantization hurts."""

from typing import Any

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.input_shape import InputShape
from tfprune.export.conversion.open_source import open_source
from tfprune.export.conversion.request import Conversion
from tfprune.export.quantization import MODES, Quantize, find_mode
from tfprune.export.quantization.noise import measure_noise
from tfprune.export.quantization.noise_report import QuantizationReport
from tfprune.export.verification.samples import read_samples

CALIBRATION_SAMPLES = 500
# The model is run once for each of its operators on each of them.
MEASURED_SAMPLES = 16


def quantization_report(
    source: Any,
    quantize: Quantize,
    representative_data: Any,
    *,
    input_shape: InputShape = None,
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
    with open_source(source, input_shape=input_shape) as opened:
        given = read_samples(
            representative_data,
            opened.inputs,
            origin="representative_data",
            limit=CALIBRATION_SAMPLES,
        )
        model = opened.convert(Conversion(mode=MODES.get("float32")))
    return measure_noise(
        model,
        mode,
        calibration=given if mode.needs_data else None,
        samples=given.at_most(num_samples),
    )
