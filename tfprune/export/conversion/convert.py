"""From a traced model to a flatbuffer, through TensorFlow's converter."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.layer_names import restore_layer_names
from tfprune.export.conversion.model_input import ModelInput
from tfprune.export.conversion.request import Conversion
from tfprune.export.conversion.trace import TracedModel
from tfprune.export.dependencies import require
from tfprune.export.error_line import error_line, sentence
from tfprune.export.flatbuffer.model import FlatbufferModel, Signature
from tfprune.export.flatbuffer.reader import parse_tflite
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.quantization import quantize_flatbuffer
from tfprune.export.quantization.ends import set_end_types
from tfprune.export.quiet import quiet_native_logs
from tfprune.export.running.interpreter import UNKNOWN
from tfprune.export.verification.samples import Samples

UNKNOWN_OPERATION = re.compile(r"'tf\.(\w+)' op is neither")
OPEN_LOOP = "requires element_shape to be static"


def convert(traced: TracedModel, conversion: Conversion) -> FlatbufferModel:
    """Converts a traced model.

    Args:
        traced: The graph of the model.
        conversion: What is asked for.

    Returns:
        The model with the names of its inputs and outputs, and with a
        signature.

    Raises:
        InvalidInputError: When LiteRT has no operator for something that the
            model does, or the model cannot be calibrated.
    """
    calibrated = conversion.samples is not None
    if not uses_converter(traced, conversion):
        return quantized(convert(traced, conversion.in_floats), conversion)
    if calibrated and traced.has_loop:
        # The converter would crash the process while it calibrates.
        raise InvalidInputError(
            f"{sentence(traced.title)} runs a loop, on which ranges of "
            "activations cannot be found. Build its recurrent layers with "
            "`unroll=True`, or export with quantize='dynamic'."
        )
    tensorflow = require("tensorflow")
    failures = require("tensorflow.lite.python.convert_phase")
    with quiet_native_logs():
        converter = make_converter(traced, conversion)
    conversion.mode.configure(converter, tensorflow, calibrated=calibrated)
    if conversion.select_tf_ops:
        converter.target_spec.supported_ops = [
            *converter.target_spec.supported_ops,
            tensorflow.lite.OpsSet.SELECT_TF_OPS,
        ]
    if conversion.samples is not None:
        converter.representative_dataset = dataset_of(
            conversion.samples, traced.inputs
        )
    converter.inference_input_type = tensorflow.as_dtype(conversion.input_type)
    converter.inference_output_type = tensorflow.as_dtype(
        conversion.output_type
    )
    try:
        with quiet_native_logs():
            content = converter.convert()
    except (failures.ConverterError, RuntimeError, ValueError) as error:
        raise refusal(traced, conversion, error) from error
    model = parse_tflite(bytes(content), source=traced.title)
    if traced.has_keras_names:
        restore_layer_names(model)
    name_ends(model, traced)
    return model


def uses_converter(traced: TracedModel, conversion: Conversion) -> bool:
    """Whether TensorFlow's converter is what quantizes a model."""
    calibrated = conversion.samples is not None
    # What a model was trained with goes before what data suggest.
    trained = traced.has_fake_quantization
    return conversion.mode.uses_converter(calibrated=calibrated and not trained)


def make_converter(traced: TracedModel, conversion: Conversion) -> Any:
    """TensorFlow's converter for a graph.

    That of TensorFlow 2 freezes each graph, also one without variables, which
    takes longer than all the rest for large weights; that of TensorFlow 1
    takes a frozen graph as it is, but stumbles over loops, and it does not
    know fake quantization and integer ends.
    """
    lite = require("tensorflow").lite
    ends = {conversion.input_type, conversion.output_type}
    if traced.is_frozen and traced.is_plain and ends == {"float32"}:
        graph = traced.function.graph
        return require("tensorflow").compat.v1.lite.TFLiteConverter(
            graph.as_graph_def(),
            traced.function.inputs,
            traced.function.outputs,
        )
    # With the model as a second argument it would drop the weights.
    return lite.TFLiteConverter.from_concrete_functions([traced.function])


def quantized(
    model: FlatbufferModel, conversion: Conversion
) -> FlatbufferModel:
    """Quantizes a float flatbuffer by the rules of a mode.

    Args:
        model: The float model; it is not changed.
        conversion: What is asked for.

    Raises:
        InvalidInputError: When the model is quantized already, or cannot be.
    """
    result = quantize_flatbuffer(model, conversion.mode, conversion.samples)
    set_end_types(result, conversion.input_type, conversion.output_type)
    return result


def dataset_of(samples: Samples, inputs: Sequence[ModelInput]) -> Any:
    """A function as the converter wants it: it yields one sample at a time."""

    def generate() -> Iterator[list[np.ndarray]]:
        for arrays in samples.batches(1):
            yield [
                array.reshape(item.tensor_shape)
                for array, item in zip(arrays, inputs, strict=True)
            ]

    return generate


def refusal(
    traced: TracedModel, conversion: Conversion, error: Exception
) -> InvalidInputError:
    """Explains in one line why the converter gave up."""
    text = str(error)
    unknown = sorted(set(UNKNOWN_OPERATION.findall(text)))
    if unknown:
        offer = "."
        if not conversion.select_tf_ops:
            offer = (
                ", or let TensorFlow's own operators run beside LiteRT's with "
                "`select_tf_ops=True` (--select_tf_ops)."
            )
        return InvalidInputError(
            f"LiteRT has no operator for what {traced.title} does: "
            f"{', '.join(unknown)}. Replace the layers that make it, leave "
            f"that step out of the exported model{offer}"
        )
    if any(known in text for known in UNKNOWN):
        return InvalidInputError(
            f"{sentence(traced.title)} has operators of TensorFlow that do "
            "not run here, so ranges of activations cannot be found. Replace "
            "the layers that make them, or export with quantize='dynamic'."
        )
    if OPEN_LOOP in text:
        return InvalidInputError(
            f"{sentence(traced.title)} runs a loop that was traced with "
            "an open batch size, which LiteRT cannot hold. Trace it again for "
            "a batch of 1, or hand in the Keras model itself."
        )
    return InvalidInputError(
        f"TensorFlow's converter refused {traced.title}: {error_line(error)}"
    )


def name_ends(model: FlatbufferModel, traced: TracedModel) -> None:
    """Gives inputs and outputs the names of the source, and a signature.

    Args:
        model: What the converter made; it is changed.
        traced: The names.
    """
    input_names = [item.name for item in traced.inputs]
    inputs = dict(zip(input_names, model.main.inputs, strict=True))
    outputs = dict(zip(traced.output_names, model.main.outputs, strict=True))
    renamed: set[Tensor] = set()
    for name, tensor in [*inputs.items(), *outputs.items()]:
        # An input may also be an output: its first name stays.
        if tensor not in renamed:
            tensor.name = name
            renamed.add(tensor)
    model.signatures = [Signature(inputs, outputs, model.main, traced.key)]
