"""Choosing a sparse form for each weight of a flatbuffer."""

import numpy as np

from tfprune.export.flatbuffer.model import FlatbufferModel, Operator
from tfprune.export.flatbuffer.schema import schema
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.sparsity.compressed_rows import CompressedRows, compress
from tfprune.export.sparsity.report import SparseWeight

OPERATORS = ("CONV_2D", "FULLY_CONNECTED")
BLOCK = 4
# Below it the unpacking while loading is not worth its bytes.
WORTHWHILE = 0.9
# Blocks may cost this much more than single zeros, since they are faster.
BLOCKS_MAY_COST = 1.25

# Measured by benchmarks/sparse_storage.py.
BLOCK_NOTE = (
    "faster on x86-64, where LiteRT's kernel skips the blocks: layers of 2,048 "
    "by 2,048 took half the time at 70% zeros, a fifth at 90%, and nine tenths "
    "at 50%; not timed on ARM"
)
POINTWISE_NOTE = (
    "smaller file, same speed on x86-64; on ARM XNNPACK skips the zeros in "
    "MobileNet-like graphs with more than two thirds of them"
)
SMALLER_NOTE = (
    "smaller file, same speed everywhere: it is made dense while loading"
)


def store_sparse(model: FlatbufferModel) -> list[SparseWeight]:
    """Stores weights without their zeros where that is smaller.

    Float dense layers whose zeros form blocks of 4 along the inputs are read
    as they are; other weights are made dense again by `DENSIFY` while the
    model loads. What runtimes compute wrong or refuse stays dense: integer
    weights of dense layers, and integer weights between float activations.

    Args:
        model: The model; it is changed.

    Returns:
        One entry for each weight of a convolution or a dense layer.
    """
    found = []
    done: set[Tensor] = set()
    for subgraph in model.subgraphs:
        for operator in list(subgraph.operators):
            if operator.name not in OPERATORS or len(operator.inputs) < 2:
                continue
            weights = operator.inputs[1]
            if weights is None or weights.data is None or weights in done:
                continue
            done.add(weights)
            readers = [
                x
                for x in subgraph.operators
                if any(item is weights for item in x.inputs)
            ]
            found.append(store(weights, readers, subgraph.operators, model))
    return found


def store(
    weights: Tensor,
    readers: list[Operator],
    operators: list[Operator],
    model: FlatbufferModel,
) -> SparseWeight:
    """Stores one constant in the form that serves it best."""
    reader = readers[0]
    before = weights.num_bytes
    reason = why_dense(weights, readers)
    if reason or weights.data is None:
        return entry(weights, reader, "dense", 0.0, before, before, reason)
    dtype = weights.dtype.lower()
    array = np.frombuffer(weights.data, dtype).reshape(weights.shape)
    zeros = float((array == 0).mean())
    single = compress(array)
    blocks = None
    if reader.name == "FULLY_CONNECTED" and weights.shape[-1] % BLOCK == 0:
        blocks = compress(array, BLOCK)
    is_blocked = (
        blocks is not None
        and blocks.num_bytes <= BLOCKS_MAY_COST * single.num_bytes
    )
    chosen = blocks if blocks is not None and is_blocked else single
    if chosen.num_bytes > WORTHWHILE * before:
        reason = "too few zeros"
        return entry(weights, reader, "dense", zeros, before, before, reason)
    after = chosen.num_bytes
    if is_blocked:
        put(weights, chosen)
        return entry(
            weights, reader, "1x4 blocks", zeros, before, after, BLOCK_NOTE
        )
    densify(weights, chosen, readers, operators, model)
    note = POINTWISE_NOTE if is_pointwise(reader, weights) else SMALLER_NOTE
    return entry(weights, reader, "single zeros", zeros, before, after, note)


def is_pointwise(reader: Operator, weights: Tensor) -> bool:
    """Whether weights are those of a float convolution of 1 by 1."""
    return (
        reader.name == "CONV_2D"
        and weights.dtype == "FLOAT32"
        and weights.shape[1:3] == (1, 1)
    )


def why_dense(weights: Tensor, readers: list[Operator]) -> str:
    """Why a constant cannot be sparse; an empty text where it can."""
    if weights.sparsity is not None:
        return "it is sparse already"
    if any(
        x.name not in OPERATORS or x.inputs[1] is not weights for x in readers
    ):
        return "another operator reads it too"
    activations = readers[0].inputs[0]
    kind = None if activations is None else activations.dtype
    if weights.dtype == kind == "FLOAT32":
        return ""
    if weights.dtype != "INT8":
        return f"{weights.dtype} weights have no sparse form"
    if kind != "INT8":
        return "runtimes compute garbage with sparse weights of this mode"
    if any(x.name != "CONV_2D" for x in readers):
        return "runtimes refuse sparse int8 dense layers"
    return ""


def put(weights: Tensor, rows: CompressedRows) -> None:
    """Replaces the bytes of a constant by its sparse form."""
    weights.data = np.frombuffer(rows.values.tobytes(), np.uint8)
    weights.sparsity = rows.table


def densify(
    weights: Tensor,
    rows: CompressedRows,
    readers: list[Operator],
    operators: list[Operator],
    model: FlatbufferModel,
) -> None:
    """Stores a constant sparse, and makes it dense before it is read."""
    dense = Tensor(
        name=f"{weights.name}/dense",
        dtype=weights.dtype,
        shape=weights.shape,
        quantization=weights.quantization,
    )
    for subgraph in model.subgraphs:
        if subgraph.operators is operators:
            subgraph.tensors.append(dense)
    for reader in readers:
        reader.inputs[:] = [
            dense if item is weights else item for item in reader.inputs
        ]
    first = min(operators.index(reader) for reader in readers)
    operators.insert(
        first,
        Operator(
            name="DENSIFY",
            inputs=[weights],
            outputs=[dense],
            options_type=schema.BuiltinOptions.DensifyOptions,
            options=schema.DensifyOptionsT(),
        ),
    )
    put(weights, rows)


def entry(
    weights: Tensor,
    reader: Operator,
    form: str,
    zeros: float,
    before: int,
    after: int,
    note: str,
) -> SparseWeight:
    """What the report says of a constant."""
    return SparseWeight(
        weights.name, reader.name, form, zeros, before, after, note
    )
