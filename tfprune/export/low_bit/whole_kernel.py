"""Float kernels that hold whole numbers times scales."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tfprune.export.flatbuffer.model import Operator
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.low_bit.even_grid import (
    EvenGrid,
    find_grid,
    rounded_grid,
)
from tfprune.export.low_bit.real_constant import real_numbers
from tfprune.export.low_bit.weighing import WEIGHING, kernel_of

# What the operator and the tensors take that a packed kernel needs besides.
OVERHEAD = 256


@dataclass(frozen=True, eq=False)
class WholeKernel:
    """The kernel of an operator, and the whole numbers that it stands for.

    Attributes:
        operator: The operator.
        tensor: The kernel, a float32 constant.
        grid: Its whole numbers and scales.
    """

    operator: Operator
    tensor: Tensor
    grid: EvenGrid

    @property
    def name(self) -> str:
        """Name of the kernel."""
        return self.tensor.name

    @property
    def source(self) -> Tensor | None:
        """What is weighed."""
        return self.operator.inputs[WEIGHING[self.operator.name].source]

    def laid_out(self, filters: NDArray[np.integer]) -> NDArray[np.integer]:
        """Whole numbers of filters in the layout of the kernel."""
        place = WEIGHING[self.operator.name]
        return np.ascontiguousarray(place.laid_out(filters, self.tensor.shape))

    def give_way_to(self, tensor: Tensor) -> None:
        """Lets the operator read another kernel."""
        self.operator.inputs[WEIGHING[self.operator.name].kernel] = tensor


def whole_kernel(operator: Operator) -> WholeKernel | None:
    """Finds the whole numbers that the kernel of an operator stands for.

    Args:
        operator: Any operator.

    Returns:
        The kernel; None where the operator has no constant float32 kernel, it
        is on no even grid, or too small to become smaller.

    Example:

    ```python
    whole_kernel(convolution).grid.integers
    ```
    """
    tensor = kernel_of(operator)
    numbers = real_numbers(tensor)
    if tensor is None or numbers is None or not numbers.size:
        return None
    filters = WEIGHING[operator.name].filters(numbers)
    if numbers.nbytes - numbers.size - 4 * len(filters) <= OVERHEAD:
        return None
    grid = find_grid(np.ascontiguousarray(filters, np.float32))
    return None if grid is None else WholeKernel(operator, tensor, grid)


def rounded_kernel(operator: Operator, largest: int) -> WholeKernel | None:
    """Rounds the kernel of an operator to whole numbers times scales.

    Args:
        operator: Any operator.
        largest: The largest whole number. Kernels that are on an even grid of
            none larger are not rounded.

    Returns:
        The kernel; None where the operator has no constant float32 kernel, or
        one that is not finite.

    Example:

    ```python
    rounded_kernel(convolution, 63).grid.integers
    ```
    """
    tensor = kernel_of(operator)
    numbers = real_numbers(tensor)
    if tensor is None or numbers is None:
        return None
    filters = WEIGHING[operator.name].filters(numbers)
    real = np.ascontiguousarray(filters, np.float32)
    grid = find_grid(real)
    if grid is None or grid.largest > largest:
        grid = rounded_grid(real, largest)
    return None if grid is None else WholeKernel(operator, tensor, grid)
