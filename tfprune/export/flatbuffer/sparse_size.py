"""How many elements a sparse constant stores."""

from typing import Any

import numpy as np

from tfprune.export.flatbuffer.schema import schema


def stored_elements(sparsity: Any, sizes: tuple[int, ...]) -> int | None:
    """Counts the elements of a tensor in compressed sparse form.

    Args:
        sparsity: The schema's description: the order of the axes (those of
            the blocks last), and for each axis a size, or the segments and
            the positions of what is stored.
        sizes: The shape of the tensor.

    Returns:
        The count; None where the description contradicts itself or the shape.
    """
    order, blocks = (
        np.asarray(() if values is None else values, "i8")
        for values in (sparsity.traversalOrder, sparsity.blockMap)
    )
    axes = sparsity.dimMetadata or ()
    if not len(order) == len(axes) == len(sizes) + len(blocks):
        return None
    if (np.sort(order) != np.arange(len(order))).any():
        return None
    if ((blocks < 0) | (blocks >= len(sizes))).any():
        return None
    count = 1
    for axis in axes:
        if axis.format == schema.DimensionType.DENSE:
            if axis.denseSize < 0:
                return None
            count *= int(axis.denseSize)
            continue
        segments = values_of(axis.arraySegments)
        positions = values_of(axis.arrayIndices)
        if len(segments) != count + 1 or segments[0] != 0:
            return None
        if (np.diff(segments) < 0).any() or segments[-1] != len(positions):
            return None
        if len(positions) and positions.min() < 0:
            return None
        count = len(positions)
    return count


def values_of(vector: Any) -> np.ndarray:
    """The numbers of one of the schema's vectors of indices."""
    values = () if vector is None or vector.values is None else vector.values
    return np.asarray(values, "i8")
