"""Constants in compressed sparse rows, as TensorFlow Lite stores them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from tfprune.export.flatbuffer.schema import schema


@dataclass(frozen=True)
class CompressedRows:
    """The blocks of a constant that are not all zero.

    The last axis is cut into blocks; for each row of them the file says
    where the kept blocks lie.

    Args:
        values: The kept blocks, row by row.
        table: The schema's description of where they lie.
        num_bytes: Bytes of both.
        sparsity: Share of the elements that are not stored.
    """

    values: np.ndarray
    table: Any
    num_bytes: int
    sparsity: float


def compress(array: np.ndarray, block: int = 1) -> CompressedRows:
    """Leaves out the blocks of an array that are zero.

    Args:
        array: Numbers of rank 2 or more.
        block: Elements of a block; it divides the last axis.

    Example:

    ```python
    compress(np.eye(4, dtype="float32")).values    # four ones
    ```
    """
    columns = array.shape[-1] // block
    blocks = array.reshape(-1, columns, block)
    kept = blocks.any(axis=-1)
    segments = np.concatenate([[0], np.cumsum(kept.sum(axis=1))])
    positions = np.nonzero(kept)[1]
    values = blocks[kept]
    table = schema.SparsityParametersT()
    rank = array.ndim
    table.traversalOrder = list(range(rank + (block > 1)))
    table.dimMetadata = [dense_axis(size) for size in array.shape[:-1]]
    table.dimMetadata.append(sparse_axis(segments, positions))
    if block > 1:
        table.blockMap = [rank - 1]
        table.dimMetadata.append(dense_axis(block))
    num_bytes = values.nbytes + sum(
        len(vector) * width_of(vector) for vector in (segments, positions)
    )
    return CompressedRows(
        values=values.ravel(),
        table=table,
        num_bytes=num_bytes,
        sparsity=1 - values.size / array.size,
    )


def dense_axis(size: int) -> Any:
    """An axis of which everything is stored."""
    axis = schema.DimensionMetadataT()
    axis.format = schema.DimensionType.DENSE
    axis.denseSize = int(size)
    return axis


def sparse_axis(segments: np.ndarray, positions: np.ndarray) -> Any:
    """An axis of which some positions are stored."""
    axis = schema.DimensionMetadataT()
    axis.format = schema.DimensionType.SPARSE_CSR
    kind = schema.SparseIndexVector
    for name, numbers in (
        ("arraySegments", segments),
        ("arrayIndices", positions),
    ):
        number, vector = {
            1: (kind.Uint8Vector, schema.Uint8VectorT),
            2: (kind.Uint16Vector, schema.Uint16VectorT),
            4: (kind.Int32Vector, schema.Int32VectorT),
        }[width_of(numbers)]
        packed = vector()
        packed.values = [int(item) for item in numbers]
        setattr(axis, name, packed)
        setattr(axis, f"{name}Type", number)
    return axis


def width_of(numbers: np.ndarray) -> int:
    """Bytes of the smallest type of the schema that holds all numbers."""
    greatest = int(numbers.max(initial=0))
    return 1 if greatest < 2**8 else 2 if greatest < 2**16 else 4
