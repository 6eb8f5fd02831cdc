"""Constants of integers with one scale."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tfprune.export.flatbuffer.tensor import BITS, Quantization, Tensor
from tfprune.export.low_bit.packing import packed, unpacked


def one_scale(scale: float) -> Quantization:
    """One scale around zero for a whole tensor."""
    return Quantization(np.full(1, scale, "f4"), np.zeros(1, "i8"))


def integer_constant(
    name: str,
    integers: NDArray[np.integer],
    dtype: str,
    scale: float = 1.0,
) -> Tensor:
    """A constant of scaled integers.

    Args:
        name: Its name.
        integers: What it holds, in its shape.
        dtype: `"INT2"`, `"INT4"`, `"INT8"` or `"INT32"`.
        scale: What they are multiplied by.
    """
    array = np.asarray(integers)
    if dtype == "INT32":
        data = np.ascontiguousarray(array, "i4").reshape(-1).view(np.uint8)
    else:
        data = packed(array, BITS[dtype])
    return Tensor(name, dtype, array.shape, data, one_scale(scale))


def integers_of(tensor: Tensor | None) -> NDArray[np.int8] | None:
    """The integers of a constant of 2, 4 or 8 bits; None for any other.

    Args:
        tensor: A tensor, or None.
    """
    if tensor is None or tensor.data is None or tensor.sparsity is not None:
        return None
    if tensor.dtype not in ("INT2", "INT4", "INT8"):
        return None
    count = int(np.prod(tensor.shape, dtype="i8"))
    return unpacked(tensor.data, BITS[tensor.dtype], count).reshape(
        tensor.shape
    )


def in_integers(tensor: Tensor, scale: float) -> None:
    """Lets a computed tensor hold int8 in place of floats."""
    tensor.dtype = "INT8"
    tensor.quantization = one_scale(scale)


def in_floats(tensor: Tensor) -> Tensor:
    """A computed tensor like another one, of float32."""
    return replace(
        tensor, name=f"{tensor.name}/real", dtype="FLOAT32", quantization=None
    )
