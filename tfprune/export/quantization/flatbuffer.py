"""Quantization of float `.tflite` models, from any converter."""

from collections.abc import Sequence

from tfprune.errors import InvalidInputError
from tfprune.export.dependencies import require
from tfprune.export.error_line import error_line
from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.flatbuffer.reader import parse_tflite
from tfprune.export.flatbuffer.wiring import Wiring
from tfprune.export.flatbuffer.writer import serialize
from tfprune.export.passes import (
    remove_unused,
    run_passes,
    widen_float16_constants,
)
from tfprune.export.quantization.calibration import Ranges, calibrate
from tfprune.export.quantization.mode import QuantizationMode
from tfprune.export.quantization.squared_difference import (
    split_squared_differences,
)
from tfprune.export.quantization.tensor_codes import (
    decoded,
    encode_names,
    restore,
)
from tfprune.export.quiet import quiet_native_logs
from tfprune.export.verification.samples import Samples

INTEGERS = frozenset({"INT16", "INT2", "INT4", "INT8", "UINT8"})


def quantize_flatbuffer(
    model: FlatbufferModel,
    mode: QuantizationMode,
    samples: Samples | None = None,
) -> FlatbufferModel:
    """Quantizes a float model by litert-quantizer.

    Names of tensors and of signatures stay, and so do float inputs and
    outputs: `set_end_types` changes those.

    Args:
        model: A float model; it is not changed. Its weights may be float16.
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
    prepared = prepare(model, mode)
    mode.arrange(prepared)
    ranges = None
    if mode.needs_data:
        if samples is None:
            raise InvalidInputError(
                f"Quantization mode '{mode.name}' needs "
                "`representative_data`: typical inputs, on which it finds the "
                "ranges of activations. Pass a hundred or more training "
                "samples."
            )
        ranges = calibrate(prepared, samples)
    if mode.rules():
        prepared = quantize_operators(prepared, mode.assign(prepared), ranges)
    mode.rewrite(prepared)
    run_passes(prepared)
    return prepared


def prepare(model: FlatbufferModel, mode: QuantizationMode) -> FlatbufferModel:
    """A copy of a float model, with operators that the mode has kernels for.

    Raises:
        InvalidInputError: When the model is quantized already.
    """
    prepared = parse_tflite(serialize(model))
    if widen_float16_constants(prepared):
        remove_unused(prepared)
    refuse_quantized(prepared)
    if any(rule.activation_bits == 16 for rule in mode.rules()):
        split_squared_differences(prepared)
    return prepared


def quantize_operators(
    model: FlatbufferModel,
    assigned: Sequence[QuantizationMode],
    ranges: Ranges | None = None,
) -> FlatbufferModel:
    """Quantizes each operator of a float model by a mode of its own.

    Args:
        model: A float model; it is not changed.
        assigned: The mode of each operator of the main subgraph.
        ranges: Ranges of its activations, for modes that need them.

    Returns:
        A new model.

    Raises:
        InvalidInputError: When litert-quantizer refuses it.
    """
    kinds = list(dict.fromkeys(assigned))
    coded = parse_tflite(serialize(model))
    names = encode_names(coded, [kinds.index(item) for item in assigned])
    library = require("litert_quantizer.quantizer")
    try:
        with quiet_native_logs():
            quantizer = library.Quantizer(serialize(coded))
            for number, kind in enumerate(kinds):
                for rule in kind.rules():
                    rule.add_to(quantizer, f"^m{number}_")
            keep_float_ends(quantizer)
            content = quantizer.quantize(
                ranges and ranges.by_name(coded.main.tensors),
                enable_progress_bar=False,
                enable_progress_report=False,
            ).quantized_model
    except (RuntimeError, ValueError) as error:
        raise InvalidInputError(
            "litert-quantizer refuses the model: "
            f"{decoded(error_line(error), names)}"
        ) from error
    result = parse_tflite(bytes(content))
    type_unread_outputs(result)
    restore(result, model, names)
    # Among them versions: litert-quantizer leaves every operator at 1, and
    # old runtimes would compute garbage without a word.
    run_passes(result)
    return result


def refuse_quantized(model: FlatbufferModel) -> None:
    """Refuses a model whose numbers are not all float32.

    Raises:
        InvalidInputError: When some are integers with a scale, or it computes
            with halves.
    """
    for tensor in model.tensors:
        has_scale = tensor.quantization is not None and (
            tensor.quantization.scales.size > 0
            or tensor.quantization.block_scales is not None
        )
        if tensor.dtype in INTEGERS and has_scale or tensor.dtype == "FLOAT16":
            is_half = tensor.dtype == "FLOAT16"
            raise InvalidInputError(
                "Expected a float32 model to quantize. Received one that "
                f"{'computes with halves' if is_half else 'is quantized'} "
                f"already: '{tensor.name}' is {tensor.dtype}. Start from the "
                "float32 model."
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
