"""Quantization of float `.tflite` models, from any converter."""

import re
from collections.abc import Sequence

from tfprune.errors import InvalidInputError
from tfprune.export.dependencies import require
from tfprune.export.error_line import error_line
from tfprune.export.flatbuffer.model import FlatbufferModel, Signature
from tfprune.export.flatbuffer.reader import parse_tflite
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.flatbuffer.wiring import Wiring
from tfprune.export.flatbuffer.writer import serialize
from tfprune.export.passes import run_passes
from tfprune.export.passes.operator_versions import set_operator_versions
from tfprune.export.quantization.calibration import calibrate
from tfprune.export.quantization.mode import QuantizationMode
from tfprune.export.quantization.squared_difference import (
    split_squared_differences,
)
from tfprune.export.quiet import quiet_native_logs
from tfprune.export.verification.samples import Samples

INTEGERS = frozenset({"INT16", "INT2", "INT4", "INT8", "UINT8"})
# Names while litert-quantizer works: mode of the producer, then a number.
CODE = re.compile(r"^m\d*_(\d+)(.*)$")


def quantize_flatbuffer(
    model: FlatbufferModel,
    mode: QuantizationMode,
    samples: Samples | None = None,
) -> FlatbufferModel:
    """Quantizes a float model by litert-quantizer.

    Names of tensors and of signatures stay, and so do float inputs and
    outputs: `set_end_types` changes those.

    Args:
        model: A float model; it is not changed.
        mode: How numbers shall be stored and computed, or a `Recipe`.
        samples: Inputs, in the order of those of the model, to find the ranges
            of activations on; None for modes that need none.

    Returns:
        A new model.

    Raises:
        InvalidInputError: When the model is quantized already, samples are
            missing, or litert-quantizer refuses it.

    Example:

    ```python
    model = read_tflite("float.tflite")
    small = quantize_flatbuffer(model, MODES.get("float16"))
    ```
    """
    refuse_quantized(model)
    if mode.needs_data and samples is None:
        raise InvalidInputError(
            f"Quantization mode '{mode.name}' needs `representative_data`: "
            "typical inputs, on which it finds the ranges of activations. "
            "Pass a hundred or more training samples."
        )
    coded = parse_tflite(serialize(model))
    if any(rule.activation_bits == 16 for rule in mode.rules()):
        split_squared_differences(coded)
    assigned = mode.assign(coded)
    kinds = list(dict.fromkeys(assigned))
    names = encode_names(coded, [kinds.index(item) for item in assigned])
    ranges = None
    if mode.needs_data and samples is not None:
        ranges = calibrate(coded, samples)
    library = require("litert_quantizer.quantizer")
    try:
        with quiet_native_logs():
            quantizer = library.Quantizer(serialize(coded))
            for number, kind in enumerate(kinds):
                for rule in kind.rules():
                    rule.add_to(quantizer, f"^m{number}_")
            keep_float_ends(quantizer)
            content = quantizer.quantize(
                ranges,
                enable_progress_bar=False,
                enable_progress_report=False,
            ).quantized_model
    except (RuntimeError, ValueError) as error:
        raise InvalidInputError(
            f"litert-quantizer cannot make a model of mode '{mode.name}': "
            f"{decoded(error_line(error), names)}"
        ) from error
    result = parse_tflite(bytes(content))
    type_unread_outputs(result)
    restore(result, model, names)
    run_passes(result)
    # litert-quantizer leaves every operator at version 1, and old runtimes
    # would compute garbage without a word.
    set_operator_versions(result)
    return result


def refuse_quantized(model: FlatbufferModel) -> None:
    """Refuses a model whose numbers are not all float32.

    Raises:
        InvalidInputError: When some are integers with a scale, or halves.
    """
    for tensor in model.tensors:
        has_scale = tensor.quantization is not None and (
            tensor.quantization.scales.size > 0
            or tensor.quantization.block_scales is not None
        )
        if tensor.dtype in INTEGERS and has_scale or tensor.dtype == "FLOAT16":
            raise InvalidInputError(
                "Expected a float32 model to quantize. Received one that is "
                f"quantized already: '{tensor.name}' is {tensor.dtype}. "
                "Start from the float32 model."
            )


def encode_names(model: FlatbufferModel, kinds: Sequence[int]) -> list[str]:
    """Gives every tensor a name that tells the mode of its producer.

    litert-quantizer selects operators by the names of their outputs, and
    wants them to differ.

    Args:
        model: The model; it is changed.
        kinds: Number of the mode of each operator of the main subgraph.

    Returns:
        The names as they were, by the number in the new names.
    """
    producers: dict[Tensor, int] = {}
    for operator, kind in zip(model.main.operators, kinds, strict=True):
        producers.update(dict.fromkeys(operator.outputs, kind))
    names = [tensor.name for tensor in model.tensors]
    for number, tensor in enumerate(model.tensors):
        tensor.name = f"m{producers.get(tensor, '')}_{number}"
    return names


def decoded(text: str, names: Sequence[str]) -> str:
    """A message with the user's names of tensors."""
    return re.sub(
        r"\bm\d*_(\d+)", lambda found: f"'{names[int(found[1])]}'", text
    )


def keep_float_ends(quantizer: object) -> None:
    """Leaves inputs and outputs of the model as they are."""
    types = require("litert_quantizer.qtyping")
    names = require("litert_quantizer.algorithm_manager").AlgorithmName
    for end in (types.TFLOperationName.INPUT, types.TFLOperationName.OUTPUT):
        quantizer.update_quantization_recipe(  # type: ignore[attr-defined]
            ".*", end, algorithm_key=names.NO_QUANTIZE
        )


def type_unread_outputs(model: FlatbufferModel) -> None:
    """Gives unread outputs the type of the read ones beside them.

    litert-quantizer leaves float what nobody reads, so a `SPLIT` of integers
    would have a float part.
    """
    wiring = Wiring(model.main)
    for operator in model.main.operators:
        integers = [x for x in operator.outputs if x.scale() is not None]
        for tensor in operator.outputs:
            unread = not wiring.consumers(tensor)
            if integers and unread and tensor.scale() is None:
                tensor.dtype = integers[0].dtype
                tensor.quantization = integers[0].quantization


def restore(
    result: FlatbufferModel, source: FlatbufferModel, names: Sequence[str]
) -> None:
    """Gives a quantized model the names, and all else, of its source."""
    for tensor in result.tensors:
        found = CODE.match(tensor.name)
        if found:
            tensor.name = names[int(found[1])] + found[2]
    for new, old in zip(result.main.outputs, source.main.outputs, strict=True):
        if new.name == old.name:
            continue
        for tensor in result.main.tensors:
            if tensor.name == old.name:
                tensor.name = f"{old.name}_quantized"
        new.name = old.name
    result.signatures = [
        moved(signature, source, result) for signature in source.signatures
    ]
    result.metadata = dict(source.metadata)
    result.description = source.description
    result.attachments = dict(source.attachments)


def moved(
    signature: Signature, source: FlatbufferModel, result: FlatbufferModel
) -> Signature:
    """A signature of the source, over the tensors of the result."""
    subgraph = result.subgraphs[source.subgraphs.index(signature.subgraph)]
    before = signature.subgraph
    place = dict(zip(before.inputs, subgraph.inputs, strict=True))
    place.update(zip(before.outputs, subgraph.outputs, strict=True))
    return Signature(
        inputs={name: place[x] for name, x in signature.inputs.items()},
        outputs={name: place[x] for name, x in signature.outputs.items()},
        subgraph=subgraph,
        key=signature.key,
    )
