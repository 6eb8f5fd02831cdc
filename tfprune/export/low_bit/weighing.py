"""Operators that weigh their inputs by a constant kernel."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tfprune.export.flatbuffer.model import Operator, Subgraph
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.low_bit.real_constant import real_constant


@dataclass(frozen=True)
class Weighing:
    """Where an operator has its kernel.

    Attributes:
        kernel: Which input the kernel is.
        bias: Which input the bias is.
        axis: The axis of the kernel that counts the filters.
        source: Which input is weighed.
    """

    kernel: int = 1
    bias: int = 2
    axis: int = 0
    source: int = 0

    def filters(self, kernel: NDArray[np.generic]) -> NDArray[np.generic]:
        """A kernel as `(filters, weights)`."""
        moved = np.moveaxis(kernel, self.axis, 0)
        return moved.reshape(len(moved), -1)

    def laid_out(
        self, filters: NDArray[np.generic], shape: tuple[int, ...]
    ) -> NDArray[np.generic]:
        """Filters in the layout of a kernel of a shape."""
        rest = [size for at, size in enumerate(shape) if at != self.axis]
        moved = filters.reshape(len(filters), *rest)
        return np.moveaxis(moved, 0, self.axis)


WEIGHING = {
    "CONV_2D": Weighing(),
    "CONV_3D": Weighing(axis=4),
    "DEPTHWISE_CONV_2D": Weighing(axis=3),
    "FULLY_CONNECTED": Weighing(),
    "TRANSPOSE_CONV": Weighing(bias=3, source=2),
}


def kernel_of(operator: Operator) -> Tensor | None:
    """The constant kernel of an operator; None where it has none.

    Args:
        operator: Any operator.
    """
    place = WEIGHING.get(operator.name)
    if place is None or operator.is_custom:
        return None
    kernel = operator.inputs[place.kernel]
    if kernel is None or not kernel.is_constant or kernel.sparsity is not None:
        return None
    return kernel


def bias_of(operator: Operator) -> Tensor | None:
    """The bias of an operator that weighs; None where it has none."""
    position = WEIGHING[operator.name].bias
    if position >= len(operator.inputs):
        return None
    return operator.inputs[position]


def set_bias(operator: Operator, bias: Tensor | None) -> None:
    """Gives an operator that weighs another bias."""
    position = WEIGHING[operator.name].bias
    while len(operator.inputs) <= position:
        operator.inputs.append(None)
    operator.inputs[position] = bias


def leave_out_bias(operator: Operator, subgraph: Subgraph) -> None:
    """Lets an operator that weighs add nothing.

    Convolutions get zeros, since some runtimes want a bias there.
    """
    if operator.name == "FULLY_CONNECTED":
        set_bias(operator, None)
        return
    result = operator.outputs[0]
    zeros = real_constant(f"{result.name}/zeros", np.zeros(result.shape[-1]))
    set_bias(operator, zeros)
    subgraph.tensors.append(zeros)
