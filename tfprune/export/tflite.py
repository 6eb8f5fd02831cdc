"""From a model of any form to a verified `.tflite` file."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tfprune.atomic_file import atomic_path
from tfprune.export.conversion.input_shape import InputShape
from tfprune.export.conversion.open_source import open_source
from tfprune.export.conversion.request import (
    Conversion,
    check_end_types,
    check_ends,
)
from tfprune.export.default_mode import choose_mode
from tfprune.export.export_samples import ExportSamples
from tfprune.export.flatbuffer.writer import serialize
from tfprune.export.inspection.operator_count import count_operators
from tfprune.export.limited_mode import limited_mode
from tfprune.export.low_bit import report_low_bits
from tfprune.export.passes import run_passes
from tfprune.export.quantization import Quantize, find_mode
from tfprune.export.quantization_report import (
    measure_layers,
    samples_to_measure,
)
from tfprune.export.report import ExportReport
from tfprune.export.running.tensor_info import TensorInfo
from tfprune.export.strip_report import StripReport
from tfprune.export.stripped_conversion import convert_stripped, strip_result
from tfprune.export.targets import Target
from tfprune.export.targets.target import find_target
from tfprune.export.verification.verify import verify


def export_tflite(
    source: Any,
    path: str | os.PathLike[str],
    *,
    quantize: Quantize = None,
    representative_data: Any = None,
    verify_data: Any = None,
    input_type: str | None = None,
    output_type: str | None = None,
    input_shape: InputShape = None,
    signature: str | None = None,
    select_tf_ops: bool = False,
    strip: bool = True,
    max_accuracy_drop: float | None = None,
    labelled_data: Any = None,
    layer_report: bool = False,
    target: str | Target | None = None,
) -> ExportReport:
    """Writes a model as a TensorFlow Lite file that computes the same.

    The file computes one sample at a time, keeps the names of the inputs and
    the outputs, and carries a signature. Before it appears at `path` it is
    run beside its source on real inputs; if the two disagree, nothing is
    written.

    Args:
        source: A built `keras.Model` on the TensorFlow backend, a TensorFlow
            concrete function, or the path of a `.keras` file, of a SavedModel
            folder (from any Keras or TensorFlow) or of a `.tflite` file.
        path: Where the file shall be. An older file is replaced, if and when
            the export succeeds.
        quantize: `"float32"`, `"float16"`, `"dynamic"` (int8 weights),
            `"int8"` (integers throughout), `"int4"`, `"int16x8"`,
            `"low_bit"` (exact integers for weights on a grid), a
            `QuantizationMode`, or a dict from patterns over layer names to
            these. None is `"int8"` for a model that was trained with fake
            quantization, `"low_bit"` for a Keras model with layers of few
            bits, else `"float32"`; for a `.tflite` file it keeps the numbers
            as they are.
        representative_data: Typical inputs: an array of shape `(samples,
            *shape of the input)`, a tuple, list or dict of such arrays for
            several inputs, an iterable of samples or batches, or a
            `SampleSource` such as `ImageFolder`. `"int8"` finds the ranges of
            activations on at most 500 of them. Models trained with fake
            quantization bring their ranges and need none.
        verify_data: Inputs to compare on, in the same forms; at most 64 are
            used, of large ones 16. By default `representative_data`, else
            random numbers.
        input_type: For `"int8"`, the type of the inputs of the file:
            `"float32"`, `"int8"` or `"uint8"`. By default what the target
            wants, else `"float32"`.
        output_type: The same for its outputs.
        input_shape: Shape of one sample, without the batch axis, for a model
            that leaves some of its sizes open; for several inputs a dict by
            input name.
        signature: Key of the signature of a SavedModel; by default
            `"serving_default"`.
        select_tf_ops: Whether TensorFlow's own operators may stand where
            LiteRT has none. Only runtimes that were built with them run such
            a file; where this one was not, it is written unverified.
        max_accuracy_drop: How much accuracy quantization may cost, such as
            0.002. Where it costs more, the layers that it hurts most stay
            float32 (int8 under `"int4"`), as few as will do; a warning names
            them.
        labelled_data: Inputs and classes `(x, y)` to measure it on.
        layer_report: Whether to measure the error that quantization brings to
            each layer, on `representative_data`, else on `verify_data`. The
            model is run once for each of its operators.
        strip: Whether channels that do nothing are removed from the file.
        target: What the file is meant for: `"edgetpu"`, `"gpu"`, `"litert"`,
            `"tflite-2.14"` or `"tflite-2.7"`. Operators are rewritten as it
            needs them, and the result is checked against its limits.
            `"edgetpu"` quantizes to int8 with uint8 ends, where nothing else
            is asked for.

    Returns:
        An `ExportReport`: bytes on disk, operators, errors, warnings.

    Raises:
        InvalidInputError: When an argument is wrong, the model cannot be
            converted, or `"int8"` leaves a float operator.
        UnsuitableModelError: When `target` would refuse the file.
        VerificationError: When the file does not compute what its source
            computes, or loses too much accuracy.
        FileWriteError: When the disk refuses the file.

    Example:

    ```python
    report = export_tflite(
        model, "model.tflite", quantize="int8", representative_data=x_train
    )
    print(report)
    export_tflite("saved_model/", "model.tflite", quantize="float16")
    export_tflite(
        model, "coral.tflite", target="edgetpu", representative_data=x_train
    )
    ```
    """
    asked = None if quantize is None else find_mode(quantize)
    device = None if target is None else find_target(target)
    with (
        atomic_path(path) as temporary,
        open_source(
            source, input_shape=input_shape, signature=signature
        ) as opened,
    ):
        mode = choose_mode(asked, opened, device)
        end_types = opened.end_types(mode)
        conversion = Conversion(
            mode=mode,
            input_type=end_type(input_type, device, end_types),
            output_type=end_type(output_type, device, end_types),
            select_tf_ops=select_tf_ops,
        )
        check_end_types(conversion, end_types)
        samples = ExportSamples.read(opened, representative_data, verify_data)
        conversion = replace(
            conversion, samples=samples.for_ranges(mode, opened)
        )
        measured = None
        if layer_report:
            measured = samples_to_measure(opened, mode, samples.real)
        passes = () if device is None else device.passes
        if max_accuracy_drop is not None:
            mode = limited_mode(
                opened, conversion, labelled_data, max_accuracy_drop, passes
            )
            conversion = replace(conversion, mode=mode)
        stripped: StripReport | None = None
        if not strip:
            flatbuffer = opened.convert(conversion)
            run_passes(flatbuffer)
            run_passes(flatbuffer, passes)
        elif max_accuracy_drop is None:
            flatbuffer, stripped = convert_stripped(opened, conversion, device)
        else:
            # What was measured is what is written.
            flatbuffer, stripped, _ = strip_result(
                opened.convert(conversion), passes
            )
        inputs = tuple(map(TensorInfo.of, flatbuffer.main.inputs))
        outputs = tuple(map(TensorInfo.of, flatbuffer.main.outputs))
        check_ends("input_type", input_type, inputs)
        check_ends("output_type", output_type, outputs)
        warnings = [
            *(stripped.warnings if stripped else ()),
            *mode.check(flatbuffer),
            *samples.doubts(conversion, opened),
        ]
        low_bit = report_low_bits(
            flatbuffer, opened.low_bit_layers if mode.packs_low_bits else ()
        )
        if low_bit is not None:
            warnings += low_bit.warnings
        verdict = None
        if device is not None:
            verdict = device.judge(flatbuffer).accepted(opened.title)
            warnings += verdict.doubts
        content = serialize(flatbuffer)
        verification = verify(
            opened,
            flatbuffer,
            content,
            samples.compared,
            tolerance=opened.tolerance(mode),
        )
        layers = None
        if measured is not None:
            layers = measure_layers(
                opened, mode, measured, select_tf_ops=select_tf_ops
            )
        temporary.write_bytes(content)
    return ExportReport(
        path=os.fspath(path),
        num_bytes=Path(path).stat().st_size,
        quantization=opened.storage(mode),
        inputs=inputs,
        outputs=outputs,
        operators=count_operators(flatbuffer),
        min_runtime=flatbuffer.min_runtime,
        calibration_samples=conversion.num_samples,
        stripped=stripped,
        verification=verification,
        target=verdict,
        warnings=(*warnings, *verification.warnings),
        layer_report=layers,
        low_bit=low_bit,
    )


def end_type(
    given: str | None, target: Target | None, possible: Sequence[str]
) -> str:
    """The type of an end: what was asked for, or what the target wants."""
    if given is None and target is not None and target.end_type in possible:
        return target.end_type
    return "float32" if given is None else given
