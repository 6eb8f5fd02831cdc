"""Constants of real numbers."""

import numpy as np
from numpy.typing import NDArray

from tfprune.export.flatbuffer.tensor import Tensor


def real_numbers(tensor: Tensor | None) -> NDArray[np.float32] | None:
    """The numbers of a float32 constant; None for any other tensor.

    Args:
        tensor: A tensor, or None.
    """
    if tensor is None or tensor.data is None or tensor.sparsity is not None:
        return None
    if tensor.dtype != "FLOAT32" or tensor.is_variable:
        return None
    return tensor.data.view(np.float32).reshape(tensor.shape)


def real_constant(name: str, numbers: NDArray[np.floating]) -> Tensor:
    """A float32 constant.

    Args:
        name: Its name.
        numbers: What it holds, in its shape.
    """
    array = np.ascontiguousarray(numbers, np.float32)
    data = array.reshape(-1).view(np.uint8)
    return Tensor(name, "FLOAT32", np.shape(numbers), data)
