"""Objects of a model to objects of the schema: references to positions."""

import copy
from collections.abc import Callable, Mapping
from typing import Any

from tfprune.errors import InvalidInputError
from tfprune.export.flatbuffer.buffer_table import BufferTable
from tfprune.export.flatbuffer.model import (
    FlatbufferModel,
    Operator,
    Signature,
    Subgraph,
)
from tfprune.export.flatbuffer.schema import (
    BUILTIN_NUMBERS,
    LAST_8_BIT_CODE,
    TENSOR_TYPE_NUMBERS,
    raw,
    schema,
)
from tfprune.export.flatbuffer.tensor import Quantization, Tensor

OperatorCode = tuple[str, bool, int]
Position = Callable[[Tensor | None], int]


def positions_of(subgraph: Subgraph) -> Position:
    """Returns a function that finds a tensor in its subgraph's list.

    It answers -1 for None, and raises InvalidInputError for a tensor that the
    subgraph does not list.
    """
    known = {id(tensor): i for i, tensor in enumerate(subgraph.tensors)}

    def position(tensor: Tensor | None) -> int:
        if tensor is None:
            return -1
        if id(tensor) not in known:
            raise InvalidInputError(
                f"Subgraph '{subgraph.name}' uses tensor '{tensor.name}' "
                "without listing it. Append it to `subgraph.tensors`."
            )
        return known[id(tensor)]

    return position


def pack_subgraph(
    subgraph: Subgraph,
    codes: list[OperatorCode],
    buffers: BufferTable,
) -> Any:
    """Turns references into positions; new operator codes join `codes`."""
    position = positions_of(subgraph)
    packed = schema.SubGraphT()
    packed.name = raw(subgraph.name)
    packed.debugMetadataIndex = subgraph.debug_index
    packed.tensors = [
        pack_tensor(tensor, buffers, position) for tensor in subgraph.tensors
    ]
    packed.inputs = [position(tensor) for tensor in subgraph.inputs]
    packed.outputs = [position(tensor) for tensor in subgraph.outputs]
    packed.operators = [
        pack_operator(operator, codes, position)
        for operator in subgraph.operators
    ]
    return packed


def pack_tensor(
    tensor: Tensor, buffers: BufferTable, position: Position
) -> Any:
    """Makes the schema's tensor."""
    packed = schema.TensorT()
    packed.name = raw(tensor.name)
    packed.type = number_of(tensor.dtype, TENSOR_TYPE_NUMBERS)
    packed.shape = list(tensor.shape)
    if tensor.shape_signature is not None:
        packed.shapeSignature = list(tensor.shape_signature)
    packed.buffer = buffers.add(tensor.data)
    packed.isVariable = tensor.is_variable
    packed.hasRank = tensor.has_rank
    packed.sparsity = tensor.sparsity
    packed.variantTensors = tensor.variant_tensors
    if tensor.quantization is not None:
        packed.quantization = pack_quantization(tensor.quantization, position)
    return packed


def pack_quantization(quantization: Quantization, position: Position) -> Any:
    """Makes the schema's quantization."""
    packed = schema.QuantizationParametersT()
    packed.scale = quantization.scales.astype("f4")
    packed.zeroPoint = quantization.zero_points.astype("i8")
    packed.quantizedDimension = quantization.axis
    if quantization.minimum.size:
        packed.min = quantization.minimum.astype("f4")
        packed.max = quantization.maximum.astype("f4")
    packed.detailsType = quantization.details_type
    packed.details = copy.copy(quantization.details)
    if quantization.block_scales is not None:
        packed.details.scales = position(quantization.block_scales)
    if quantization.block_zero_points is not None:
        packed.details.zeroPoints = position(quantization.block_zero_points)
    return packed


def pack_operator(
    operator: Operator, codes: list[OperatorCode], position: Position
) -> Any:
    """Makes the schema's operator; a new code joins `codes`."""
    code = (operator.name, operator.is_custom, operator.version)
    if code not in codes:
        codes.append(code)
    packed = schema.OperatorT()
    packed.opcodeIndex = codes.index(code)
    packed.inputs = [position(tensor) for tensor in operator.inputs]
    packed.outputs = [position(tensor) for tensor in operator.outputs]
    packed.builtinOptionsType = operator.options_type
    packed.builtinOptions = operator.options
    packed.builtinOptions2Type = operator.options2_type
    packed.builtinOptions2 = operator.options2
    packed.customOptions = operator.custom_options
    packed.mutatingVariableInputs = operator.mutating_inputs
    if operator.intermediates:
        packed.intermediates = [position(x) for x in operator.intermediates]
    packed.debugMetadataIndex = operator.debug_index
    return packed


def pack_code(name: str, is_custom: bool, version: int) -> Any:
    """Makes the schema's operator code."""
    packed = schema.OperatorCodeT()
    if is_custom:
        packed.customCode = raw(name)
    number = number_of("CUSTOM" if is_custom else name, BUILTIN_NUMBERS)
    packed.builtinCode = number
    packed.deprecatedBuiltinCode = min(number, LAST_8_BIT_CODE)
    packed.version = version
    return packed


def pack_signature(signature: Signature, model: FlatbufferModel) -> Any:
    """Makes the schema's signature."""
    position = positions_of(signature.subgraph)

    def named(tensors: dict[str, Tensor]) -> list[Any]:
        maps = []
        for name, tensor in tensors.items():
            entry = schema.TensorMapT()
            entry.name = raw(name)
            entry.tensorIndex = position(tensor)
            maps.append(entry)
        return maps

    packed = schema.SignatureDefT()
    packed.signatureKey = raw(signature.key)
    packed.inputs = named(signature.inputs)
    packed.outputs = named(signature.outputs)
    packed.subgraphIndex = model.subgraphs.index(signature.subgraph)
    return packed


def number_of(name: str, numbers: Mapping[str, int]) -> int:
    """The number of a type or an operator in the schema.

    Raises:
        InvalidInputError: When the installed schema has no such name.
    """
    if name not in numbers:
        raise InvalidInputError(
            f"The installed LiteRT does not know '{name}', so the model cannot "
            "be written. Update it: pip install -U ai-edge-litert."
        )
    return numbers[name]
