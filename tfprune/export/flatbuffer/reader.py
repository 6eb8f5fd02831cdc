"""From the bytes of a `.tflite` file to a `FlatbufferModel`."""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfprune.export.flatbuffer.attachments import read_attachments
from tfprune.export.flatbuffer.consistency import Consistency
from tfprune.export.flatbuffer.content import check_content, read_file
from tfprune.export.flatbuffer.model import (
    FlatbufferModel,
    Operator,
    Signature,
    Subgraph,
)
from tfprune.export.flatbuffer.operator_form import form_of
from tfprune.export.flatbuffer.schema import (
    TENSOR_TYPES,
    operator_name,
    schema,
    text,
)
from tfprune.export.flatbuffer.tensor import Quantization, Tensor


def read_tflite(path: str | os.PathLike[str]) -> FlatbufferModel:
    """Reads a `.tflite` file.

    Args:
        path: The file.

    Raises:
        InvalidInputError: When there is no such file, or it is not a whole
            TensorFlow Lite model.

    Example:

    ```python
    model = read_tflite("model.tflite")
    [operator.name for operator in model.main.operators]
    ```
    """
    return parse_tflite(read_file(path), source=os.fspath(path))


def parse_tflite(content: bytes, *, source: str = "model") -> FlatbufferModel:
    """Makes the object model of the bytes of a `.tflite` file.

    Nothing is run, and weights are not copied: the tensors hold views of the
    bytes.

    Args:
        content: The bytes.
        source: What to call them in messages.

    Raises:
        InvalidInputError: When they are no whole TensorFlow Lite model, or
            one that contradicts itself.
    """
    check_content(content, source=source)
    packed = schema.ModelT.InitFromPackedBuf(content, 0)
    Consistency(packed, len(content), source).check()
    buffers = [buffer_data(buffer, content) for buffer in packed.buffers or ()]
    codes = packed.operatorCodes or ()
    subgraphs = [
        parse_subgraph(subgraph, codes, buffers, content)
        for subgraph in packed.subgraphs
    ]
    return FlatbufferModel(
        subgraphs=subgraphs,
        signatures=[
            parse_signature(signature, subgraphs)
            for signature in packed.signatureDefs or ()
        ],
        metadata={
            text(entry.name): metadata_bytes(buffers[entry.buffer])
            for entry in packed.metadata or ()
        },
        description=text(packed.description),
        attachments=read_attachments(content, source=source),
    )


def buffer_data(buffer: Any, content: bytes) -> np.ndarray | None:
    """A view of the bytes of one buffer, or None where it has none."""
    # Files above 2 GiB keep their buffers behind the flatbuffer.
    if buffer.offset > 1:
        return np.frombuffer(content, "u1", buffer.size, buffer.offset)
    return buffer.data


def metadata_bytes(data: np.ndarray | None) -> bytes:
    """The bytes of a metadata entry."""
    return b"" if data is None else data.tobytes()


def parse_subgraph(
    subgraph: Any,
    codes: Sequence[Any],
    buffers: list[np.ndarray | None],
    content: bytes,
) -> Subgraph:
    """Makes a subgraph whose operators hold their tensors."""
    tensors = [
        parse_tensor(tensor, buffers[tensor.buffer])
        for tensor in subgraph.tensors or ()
    ]
    for tensor, source in zip(tensors, subgraph.tensors or (), strict=True):
        link_blocks(tensor.quantization, source.quantization, tensors)
    return Subgraph(
        tensors=tensors,
        inputs=[tensors[index] for index in indices(subgraph.inputs)],
        outputs=[tensors[index] for index in indices(subgraph.outputs)],
        operators=[
            parse_operator(
                operator, codes[operator.opcodeIndex], tensors, content
            )
            for operator in subgraph.operators or ()
        ],
        name=text(subgraph.name),
        debug_index=subgraph.debugMetadataIndex,
    )


def parse_tensor(tensor: Any, data: np.ndarray | None) -> Tensor:
    """Makes a tensor; its scales of blocks are linked later."""
    signature = tensor.shapeSignature
    return Tensor(
        name=text(tensor.name),
        dtype=TENSOR_TYPES.get(tensor.type, f"TYPE_{tensor.type}"),
        shape=tuple(indices(tensor.shape)),
        data=None if is_placeholder(tensor, data) else data,
        quantization=parse_quantization(tensor.quantization),
        shape_signature=None
        if signature is None
        else tuple(map(int, signature)),
        is_variable=bool(tensor.isVariable),
        has_rank=bool(tensor.hasRank),
        sparsity=tensor.sparsity,
        variant_tensors=tensor.variantTensors,
    )


def is_placeholder(tensor: Any, data: np.ndarray | None) -> bool:
    """Whether empty data stand for a value that is computed.

    Some converters give such tensors a buffer of no bytes instead of none. A
    constant without elements has no bytes either.
    """
    if data is None or data.size:
        return False
    return tensor.buffer == 0 or 0 not in indices(tensor.shape)


def parse_quantization(source: Any) -> Quantization | None:
    """Makes the quantization of a tensor; None where the file gives none."""
    if source is None:
        return None
    found = Quantization(
        scales=array(source.scale, "f4"),
        zero_points=array(source.zeroPoint, "i8"),
        axis=int(source.quantizedDimension),
        minimum=array(source.min, "f4"),
        maximum=array(source.max, "f4"),
        details_type=source.detailsType,
        details=source.details,
    )
    stated = found.scales.size + found.minimum.size + found.maximum.size
    return found if stated or found.details is not None else None


def link_blocks(
    quantization: Quantization | None, source: Any, tensors: list[Tensor]
) -> None:
    """Replaces the positions of a block's scales by the tensors."""
    if quantization is None or not isinstance(
        quantization.details, schema.BlockwiseQuantizationT
    ):
        return
    details = source.details
    if 0 <= details.scales < len(tensors):
        quantization.block_scales = tensors[details.scales]
    if 0 <= details.zeroPoints < len(tensors):
        quantization.block_zero_points = tensors[details.zeroPoints]


def parse_operator(
    operator: Any, code: Any, tensors: list[Tensor], content: bytes
) -> Operator:
    """Makes an operator that holds its tensors."""
    name, is_custom = operator_name(code)
    options_type, options = settings_of(name, operator)
    flags = operator.mutatingVariableInputs
    return Operator(
        name=name,
        inputs=[
            None if index < 0 else tensors[index]
            for index in indices(operator.inputs)
        ],
        outputs=[tensors[index] for index in indices(operator.outputs)],
        version=int(code.version),
        is_custom=is_custom,
        options_type=options_type,
        options=options,
        options2_type=operator.builtinOptions2Type,
        options2=operator.builtinOptions2,
        custom_options=custom_options(operator, content),
        mutating_inputs=None if flags is None else [bool(x) for x in flags],
        intermediates=[
            tensors[index] for index in indices(operator.intermediates)
        ],
        debug_index=operator.debugMetadataIndex,
    )


def settings_of(name: str, operator: Any) -> tuple[int, Any]:
    """Type and object of the options; defaults where they are left out."""
    form = form_of(name)
    if operator.builtinOptions is None and form is not None:
        return form.default_options()
    return operator.builtinOptionsType, operator.builtinOptions


def custom_options(operator: Any, content: bytes) -> np.ndarray | None:
    """A view of the settings of a custom operator; None where it has none."""
    # Like buffers, they may lie behind the flatbuffer.
    start, size = (
        operator.largeCustomOptionsOffset,
        operator.largeCustomOptionsSize,
    )
    if start > 1:
        return np.frombuffer(content, "u1", size, start)
    return operator.customOptions


def parse_signature(source: Any, subgraphs: list[Subgraph]) -> Signature:
    """Makes a signature that holds its tensors."""
    subgraph = subgraphs[source.subgraphIndex]

    def named(maps: Any) -> dict[str, Tensor]:
        return {
            text(entry.name): subgraph.tensors[entry.tensorIndex]
            for entry in maps or ()
        }

    return Signature(
        inputs=named(source.inputs),
        outputs=named(source.outputs),
        subgraph=subgraph,
        key=text(source.signatureKey),
    )


def indices(values: Any) -> list[int]:
    """A vector of the schema as Python integers; empty where it is absent."""
    return [] if values is None else [int(value) for value in values]


def array(values: Any, dtype: str) -> np.ndarray:
    """A vector of the schema as an array; empty where it is absent."""
    return np.asarray([] if values is None else values, dtype)
