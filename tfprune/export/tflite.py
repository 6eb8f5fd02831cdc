"""From a Keras model to a verified `.tflite` file."""

import os
from pathlib import Path
from typing import Any

import keras

from tfprune.atomic_file import atomic_path
from tfprune.errors import InvalidInputError
from tfprune.export.conversion.convert import convert
from tfprune.export.conversion.float32_policy import computing_in_float32
from tfprune.export.conversion.model_signature import (
    InputShape,
    read_signature,
)
from tfprune.export.conversion.request import Conversion, check_end_types
from tfprune.export.conversion.trace import (
    TracedModel,
    check_backend,
    trace_model,
)
from tfprune.export.flatbuffer.writer import serialize
from tfprune.export.inspection.operator_count import count_operators
from tfprune.export.quantization import QuantizationMode, find_mode
from tfprune.export.report import ExportReport
from tfprune.export.running.tensor_info import TensorInfo
from tfprune.export.verification.samples import random_samples, read_samples
from tfprune.export.verification.verify import verify

# More samples hardly move the ranges and cost time.
CALIBRATION_SAMPLES = 500
# Below it the ranges depend on the luck of the draw.
FEW_CALIBRATION_SAMPLES = 50
VERIFICATION_SAMPLES = 64
RANDOM_SAMPLES = 16


def export_tflite(
    model: keras.Model,
    path: str | os.PathLike[str],
    *,
    quantize: str | QuantizationMode | None = None,
    representative_data: Any = None,
    verify_data: Any = None,
    input_type: str = "float32",
    output_type: str = "float32",
    input_shape: InputShape = None,
) -> ExportReport:
    """Writes a Keras model as a TensorFlow Lite file that computes the same.

    The file computes one sample at a time, keeps the names of the inputs and
    the order of the outputs, and carries a signature. Before it appears at
    `path` it is run beside Keras on real inputs; if the two disagree, nothing
    is written.

    Args:
        model: A built model on the TensorFlow backend: functional, Sequential
            or subclassed, with any number of inputs and outputs.
        path: Where the file shall be. An older file is replaced, if and when
            the export succeeds.
        quantize: `"float32"` (as None), `"float16"`, `"dynamic"` (int8
            weights) or `"int8"` (integers throughout), or a
            `QuantizationMode`.
        representative_data: Typical inputs: an array of shape `(samples,
            *shape of the input)`, a tuple, list or dict of such arrays for
            several inputs, or an iterable of samples or batches. `"int8"`
            finds the ranges of activations on at most 500 of them. Models
            trained with fake quantization bring their ranges and need none.
        verify_data: Inputs to compare on, in the same forms; at most 64 are
            used. By default `representative_data`, else random numbers.
        input_type: For `"int8"`, the type of the inputs of the file:
            `"float32"`, `"int8"` or `"uint8"`.
        output_type: The same for its outputs.
        input_shape: Shape of one sample, without the batch axis, for a model
            that leaves some of its sizes open; for several inputs a dict by
            input name.

    Returns:
        An `ExportReport`: bytes on disk, operators, errors, warnings.

    Raises:
        InvalidInputError: When an argument is wrong, the model cannot be
            converted, or `"int8"` leaves a float operator.
        VerificationError: When the file does not compute what Keras computes.
        FileWriteError: When the disk refuses the file.

    Example:

    ```python
    report = export_tflite(
        model, "model.tflite", quantize="int8", representative_data=x_train
    )
    print(report)
    ```
    """
    check_backend()
    mode = find_mode(quantize)
    check_end_types(mode, input_type, output_type)
    signature = read_signature(model, input_shape)
    given = test = None
    if representative_data is not None:
        given = test = read_samples(
            representative_data,
            signature.inputs,
            origin="representative_data",
            limit=CALIBRATION_SAMPLES,
        )
    if verify_data is not None:
        test = read_samples(
            verify_data,
            signature.inputs,
            origin="verify_data",
            limit=VERIFICATION_SAMPLES,
        )
    with (
        atomic_path(path) as temporary,
        computing_in_float32(model) as num_half,
    ):
        traced = trace_model(signature)
        if mode.needs_data and given is None:
            check_fake_quantization(mode, traced)
        conversion = Conversion(
            mode=mode,
            samples=given if mode.needs_data else None,
            input_type=input_type,
            output_type=output_type,
        )
        flatbuffer = convert(signature, traced, conversion)
        warnings = [
            *mode.check(flatbuffer),
            *doubts(conversion, is_random=test is None, num_half=num_half),
        ]
        content = serialize(flatbuffer)
        if test is None:
            test = random_samples(signature.inputs, count=RANDOM_SAMPLES)
        verification = verify(
            signature,
            flatbuffer,
            content,
            test.at_most(VERIFICATION_SAMPLES),
            tolerance=mode.tolerance,
        )
        temporary.write_bytes(content)
    return ExportReport(
        path=os.fspath(path),
        num_bytes=Path(path).stat().st_size,
        quantization=mode.name,
        inputs=tuple(map(TensorInfo.of, flatbuffer.main.inputs)),
        outputs=tuple(map(TensorInfo.of, flatbuffer.main.outputs)),
        operators=count_operators(flatbuffer),
        min_runtime=flatbuffer.min_runtime,
        calibration_samples=conversion.num_samples,
        verification=verification,
        warnings=(*warnings, *verification.warnings),
    )


def check_fake_quantization(
    mode: QuantizationMode, traced: TracedModel
) -> None:
    """Asks for data unless the model brings its own ranges.

    Raises:
        InvalidInputError: When it does not.
    """
    if not traced.has_fake_quantization:
        raise InvalidInputError(
            f"Quantization mode '{mode.name}' needs `representative_data`: "
            "typical inputs, on which it finds the ranges of activations. "
            "Pass a hundred or more training samples."
        )


def doubts(
    conversion: Conversion, *, is_random: bool, num_half: int
) -> list[str]:
    """What a user should know of an export, one sentence each.

    Args:
        conversion: What was asked for.
        is_random: Whether the comparison is on random numbers.
        num_half: Number of layers that compute in half precision.
    """
    found = []
    if 0 < conversion.num_samples < FEW_CALIBRATION_SAMPLES:
        found.append(
            f"The ranges of activations come from {conversion.num_samples} "
            "samples only: pass a hundred or more."
        )
    if is_random and not conversion.mode.tolerance.is_exact:
        found.append(
            "Compared with Keras on random numbers: pass `verify_data` for a "
            "comparison on real inputs."
        )
    if num_half:
        found.append(
            f"{num_half} layers compute in half precision; they were exported, "
            "and compared, in float32."
        )
    return found
