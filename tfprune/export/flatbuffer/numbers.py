"""Constants that are short lists of integers: sizes, axes, positions."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tfprune.export.flatbuffer.tensor import NUMPY_TYPES, Tensor

TYPES = {np.dtype("int32"): "INT32", np.dtype("int64"): "INT64"}


def numbers_of(tensor: Tensor | None) -> list[int] | None:
    """The integers of a constant; None for what is computed.

    Args:
        tensor: A tensor of type INT32 or INT64, or None.
    """
    if tensor is None or tensor.data is None or tensor.sparsity is not None:
        return None
    if tensor.dtype not in TYPES.values():
        return None
    return [int(x) for x in tensor.data.view(NUMPY_TYPES[tensor.dtype])]


def constant_numbers(
    name: str,
    numbers: np.ndarray | Sequence[int] | Sequence[Sequence[int]],
    dtype: Any,
) -> Tensor:
    """A constant of integers.

    Args:
        name: Its name.
        numbers: What it holds.
        dtype: `np.int32` or `np.int64`.
    """
    array = np.asarray(numbers, dtype)
    data = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    return Tensor(name, TYPES[array.dtype], array.shape, data)
