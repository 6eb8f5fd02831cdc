"""From a traced model to a flatbuffer, through TensorFlow's converter."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.layer_names import restore_layer_names
from tfprune.export.conversion.model_signature import ModelSignature
from tfprune.export.conversion.request import Conversion
from tfprune.export.conversion.trace import TracedModel
from tfprune.export.dependencies import require
from tfprune.export.error_line import error_line
from tfprune.export.flatbuffer.model import FlatbufferModel, Signature
from tfprune.export.flatbuffer.reader import parse_tflite
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.passes import run_passes
from tfprune.export.quantization import MODES, quantize_flatbuffer
from tfprune.export.quantization.ends import set_end_types
from tfprune.export.quiet import quiet_native_logs
from tfprune.export.verification.samples import Samples

UNKNOWN_OPERATION = re.compile(r"'tf\.(\w+)' op is neither")


def convert(
    signature: ModelSignature, traced: TracedModel, conversion: Conversion
) -> FlatbufferModel:
    """Converts a traced model.

    Args:
        signature: Inputs of the model.
        traced: Its graph.
        conversion: What is asked for.

    Returns:
        The model with the names of its Keras inputs and outputs, and with a
        signature.

    Raises:
        InvalidInputError: When LiteRT has no operator for something that the
            model does, or the model cannot be calibrated.
    """
    calibrated = conversion.samples is not None
    if not conversion.mode.uses_converter(calibrated=calibrated):
        return convert_then_quantize(signature, traced, conversion)
    if calibrated and traced.has_loop:
        # The converter would crash the process while it calibrates.
        raise InvalidInputError(
            f"Model '{signature.model.name}' runs a loop, on which ranges of "
            "activations cannot be found. Build its recurrent layers with "
            "`unroll=True`, or export with quantize='dynamic'."
        )
    tensorflow = require("tensorflow")
    failures = require("tensorflow.lite.python.convert_phase")
    with quiet_native_logs():
        # With the model as a second argument it would drop the weights.
        converter = tensorflow.lite.TFLiteConverter.from_concrete_functions(
            [traced.function]
        )
    conversion.mode.configure(converter, tensorflow, calibrated=calibrated)
    if conversion.samples is not None:
        converter.representative_dataset = dataset_of(conversion.samples)
    converter.inference_input_type = tensorflow.as_dtype(conversion.input_type)
    converter.inference_output_type = tensorflow.as_dtype(
        conversion.output_type
    )
    try:
        with quiet_native_logs():
            content = converter.convert()
    except (failures.ConverterError, RuntimeError, ValueError) as error:
        raise refusal(signature, error) from error
    model = parse_tflite(bytes(content), source=signature.model.name)
    restore_layer_names(model)
    name_ends(model, signature, traced.output_names)
    run_passes(model)
    return model


def convert_then_quantize(
    signature: ModelSignature, traced: TracedModel, conversion: Conversion
) -> FlatbufferModel:
    """Converts to float, and quantizes what came out."""
    plain = Conversion(mode=MODES.get("float32"))
    model = quantize_flatbuffer(
        convert(signature, traced, plain), conversion.mode, conversion.samples
    )
    set_end_types(model, conversion.input_type, conversion.output_type)
    return model


def dataset_of(samples: Samples) -> Any:
    """A function as the converter wants it: it yields batches of one."""

    def generate() -> Iterator[list[np.ndarray]]:
        yield from samples.batches(1)

    return generate


def refusal(signature: ModelSignature, error: Exception) -> InvalidInputError:
    """Explains in one line why the converter gave up."""
    name = signature.model.name
    unknown = sorted(set(UNKNOWN_OPERATION.findall(str(error))))
    if unknown:
        return InvalidInputError(
            f"LiteRT has no operator for what model '{name}' does: "
            f"{', '.join(unknown)}. Replace the layers that make it, or leave "
            "that step out of the exported model."
        )
    return InvalidInputError(
        f"TensorFlow's converter refused model '{name}': {error_line(error)}"
    )


def name_ends(
    model: FlatbufferModel,
    signature: ModelSignature,
    output_names: tuple[str, ...],
) -> None:
    """Gives inputs and outputs their Keras names, and a signature.

    Args:
        model: What the converter made; it is changed.
        signature: Names of the inputs.
        output_names: Names of the outputs.
    """
    input_names = [item.name for item in signature.inputs]
    inputs = dict(zip(input_names, model.main.inputs, strict=True))
    outputs = dict(zip(output_names, model.main.outputs, strict=True))
    renamed: set[Tensor] = set()
    for name, tensor in [*inputs.items(), *outputs.items()]:
        # An input may also be an output: its first name stays.
        if tensor not in renamed:
            tensor.name = name
            renamed.add(tensor)
    model.signatures = [Signature(inputs, outputs, model.main)]
