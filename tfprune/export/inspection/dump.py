"""A whole `.tflite` file as text, to read and to compare."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from tfprune.export.flatbuffer.model import (
    FlatbufferModel,
    Operator,
    Subgraph,
)
from tfprune.export.flatbuffer.schema import number_to_name, schema
from tfprune.export.flatbuffer.tensor import Quantization, Tensor

# Longer vectors are told by their length and their ends.
LONG_VECTOR = 8
ENUMERATIONS = {
    "padding": schema.Padding,
    "fusedActivationFunction": schema.ActivationFunctionType,
    "weightsFormat": schema.FullyConnectedOptionsWeightsFormat,
    "mode": schema.MirrorPadMode,
    "inDataType": schema.TensorType,
    "outDataType": schema.TensorType,
    "quantizedBiasType": schema.TensorType,
}
NEW_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def dump(model: FlatbufferModel) -> str:
    """Tells a model line by line: subgraphs, then operators, then the rest.

    An operator's line holds its name and version, the tensors that it reads
    and writes with their types, shapes and scales, and its options. Equal
    models give equal text.

    Args:
        model: The model.

    Returns:
        The text, without the values of the constants.

    Example:

    ```python
    print(dump(read_tflite("model.tflite")))
    ```
    """
    return "\n".join(lines_of(model))


def lines_of(model: FlatbufferModel) -> Iterator[str]:
    """Yields the lines of `dump`."""
    if model.description:
        yield f"description {model.description!r}"
    for number, subgraph in enumerate(model.subgraphs):
        yield f"subgraph {number} {subgraph.name!r}"
        yield from lines_of_subgraph(subgraph)
    for signature in model.signatures:
        number = model.subgraphs.index(signature.subgraph)
        ends = " -> ".join(
            ", ".join(f"{name}={x.name}" for name, x in tensors.items())
            for tensors in (signature.inputs, signature.outputs)
        )
        yield f"signature {signature.key!r} of subgraph {number}: {ends}"
    for name, content in model.metadata.items():
        yield f"metadata {name!r}: {len(content):,} bytes"
    for name, content in model.attachments.items():
        yield f"attached {name!r}: {len(content):,} bytes"


def lines_of_subgraph(subgraph: Subgraph) -> Iterator[str]:
    """Yields the lines of one subgraph."""
    for word, tensors in (
        ("inputs", subgraph.inputs),
        ("outputs", subgraph.outputs),
    ):
        yield f"  {word}: {', '.join(map(tensor_text, tensors))}"
    for number, operator in enumerate(subgraph.operators):
        yield f"  {number:>4} {operator_text(operator)}"


def operator_text(operator: Operator) -> str:
    """One operator in one line.

    Example:

    ```python
    operator_text(model.main.operators[0])
    # 'ABS v1(x FLOAT32[1,4]) -> y FLOAT32[1,4]'
    ```
    """
    inputs = ", ".join(
        "-" if tensor is None else tensor_text(tensor)
        for tensor in operator.inputs
    )
    outputs = ", ".join(map(tensor_text, operator.outputs))
    name = f"custom {operator.name!r}" if operator.is_custom else operator.name
    settings = [
        *settings_of(operator.options),
        *settings_of(operator.options2),
    ]
    if operator.custom_options is not None:
        settings.append(f"{operator.custom_options.size} bytes of options")
    if operator.intermediates:
        settings.append(f"{len(operator.intermediates)} intermediates")
    told = f" {{{', '.join(settings)}}}" if settings else ""
    return f"{name} v{operator.version}({inputs}) -> {outputs}{told}"


def tensor_text(tensor: Tensor) -> str:
    """Name, type, shape, scale and place of a tensor."""
    signature = tensor.shape_signature
    sizes = ",".join(map(str, signature or tensor.shape))
    parts = [f"{one_line(tensor.name)} {tensor.dtype}[{sizes}]"]
    if tensor.quantization is not None:
        parts.append(scale_text(tensor.quantization))
    if tensor.sparsity is not None:
        parts.append("sparse")
    if tensor.is_variable:
        parts.append("variable")
    if tensor.is_constant:
        parts.append(f"constant of {tensor.num_bytes:,} bytes")
    return " ".join(part for part in parts if part)


def scale_text(quantization: Quantization) -> str:
    """Scales and zero points; one pair, or the ends of several."""
    scales, points = quantization.scales, quantization.zero_points
    if quantization.block_scales is not None:
        return f"scales in {one_line(quantization.block_scales.name)}"
    if not scales.size:
        return ""
    if scales.size == 1:
        return f"scale {scales[0]:.6g} zero {points[0] if points.size else 0}"
    return (
        f"{scales.size} scales {scales.min():.6g}..{scales.max():.6g} "
        f"along axis {quantization.axis}"
    )


def settings_of(options: Any) -> Iterator[str]:
    """Yields the options of an operator that are set, as `name=value`."""
    if options is None:
        return
    for name, value in vars(options).items():
        word = NEW_WORD.sub("_", name).lower()
        if name in ENUMERATIONS and not isinstance(value, np.ndarray):
            names = number_to_name(ENUMERATIONS[name])
            yield f"{word}={names.get(value, value)}"
        elif value is not None:
            yield f"{word}={value_text(value)}"


def value_text(value: Any) -> str:
    """A setting; long vectors by their length and their ends."""
    if isinstance(value, bytes):
        return repr(value.decode("utf-8", "backslashreplace"))
    if isinstance(value, np.ndarray | list):
        items = [f"{item:.6g}" for item in value[:LONG_VECTOR]]
        if len(value) > LONG_VECTOR:
            items.append(f"... {len(value):,} values")
        return f"[{','.join(items)}]"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def one_line(name: str) -> str:
    """A name without line breaks."""
    return " ".join(name.split()) or "''"
