"""The numbers of constant tensors, whatever their type packs."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tfprune.export.flatbuffer.tensor import NUMPY_TYPES, Quantization, Tensor

HALF_BYTE = 4


def can_read(tensor: Tensor) -> bool:
    """Whether the numbers of a constant lie one after the other.

    Sparse constants, and those with a scale for each block, do not: their
    axes cannot be shortened one by one.
    """
    known = tensor.dtype in NUMPY_TYPES or tensor.dtype == "INT4"
    blocks = tensor.quantization is not None and (
        tensor.quantization.block_scales is not None
        or tensor.quantization.details is not None
    )
    return (
        tensor.is_constant and known and tensor.sparsity is None and not blocks
    )


def stored(tensor: Tensor) -> np.ndarray:
    """The numbers as they are stored, in the shape of the tensor.

    Args:
        tensor: A constant of a type that `can_read` accepts.

    Returns:
        An array of the type's NumPy counterpart; int8 for INT4. It may be a
        view of the file: do not write to it.
    """
    data = np.zeros(0, np.uint8) if tensor.data is None else tensor.data
    if tensor.dtype == "INT4":
        return unpacked(data, tensor.size).reshape(tensor.shape)
    return data.view(NUMPY_TYPES[tensor.dtype]).reshape(tensor.shape)


def offsets(tensor: Tensor) -> np.ndarray:
    """The stored numbers less their zero points: 0 stands for zero."""
    array = stored(tensor)
    quantization = tensor.quantization
    if quantization is None or not np.any(quantization.zero_points):
        return array
    points = along_axis(quantization.zero_points, quantization, array.ndim)
    return array.astype(np.int64) - points


def real(tensor: Tensor) -> np.ndarray:
    """The real numbers that a constant stands for, as float64."""
    array = offsets(tensor).astype(np.float64)
    quantization = tensor.quantization
    if quantization is None or not quantization.scales.size:
        return array
    scales = quantization.scales.astype(np.float64)
    return array * along_axis(scales, quantization, array.ndim)


def along_axis(
    values: np.ndarray, quantization: Quantization, rank: int
) -> np.ndarray:
    """Scales or zero points, shaped to meet the axis they belong to."""
    if values.size == 1:
        return values.reshape(())
    shape = [1] * rank
    shape[quantization.axis] = values.size
    return values.reshape(shape)


def shortened(tensor: Tensor, axis: int, kept: np.ndarray) -> Tensor:
    """The same tensor with some positions of one axis only.

    Args:
        tensor: A tensor; its data, if any, and its scales follow.
        axis: The axis, not negative.
        kept: The positions that stay, shape `(positions,)`, ascending.
    """
    result = replace(tensor, shape=resized(tensor.shape, axis, len(kept)))
    if tensor.shape_signature is not None:
        result.shape_signature = resized(
            tensor.shape_signature, axis, len(kept)
        )
    if tensor.is_constant:
        result.data = packed(np.take(stored(tensor), kept, axis), tensor.dtype)
    found = tensor.quantization
    if found is not None and found.axis == axis and found.scales.size > 1:
        result.quantization = replace(
            found,
            scales=found.scales[kept],
            zero_points=chosen(found.zero_points, kept),
            minimum=chosen(found.minimum, kept),
            maximum=chosen(found.maximum, kept),
        )
    return result


def chosen(values: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """The kept ones of values that are given one a channel."""
    return values[kept] if values.size > 1 else values


def resized(shape: Sequence[int], axis: int, size: int) -> tuple[int, ...]:
    """A shape with another size of one axis; an open one stays open."""
    return tuple(
        size if index == axis and old != -1 else old
        for index, old in enumerate(shape)
    )


def packed(array: np.ndarray, dtype: str) -> np.ndarray:
    """Numbers as the bytes of a buffer, a uint8 array."""
    if dtype != "INT4":
        return np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    halves = array.reshape(-1).astype(np.uint8) & 0x0F
    if halves.size % 2:
        halves = np.append(halves, np.uint8(0))
    return halves[0::2] | (halves[1::2] << HALF_BYTE)


def unpacked(data: np.ndarray, size: int) -> np.ndarray:
    """Signed 4-bit numbers, two a byte, the lower half first."""
    halves = np.empty(2 * data.size, np.uint8)
    halves[0::2] = data & 0x0F
    halves[1::2] = data >> HALF_BYTE
    signed = (halves << HALF_BYTE).view(np.int8) >> HALF_BYTE
    return signed[:size]
