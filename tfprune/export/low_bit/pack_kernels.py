"""Kernels of whole weights, stored as integers."""

import numpy as np
from numpy.typing import NDArray

from tfprune.export.flatbuffer.model import FlatbufferModel, Operator, Subgraph
from tfprune.export.low_bit.even_grid import EvenGrid
from tfprune.export.low_bit.integer_constant import (
    in_floats,
    integer_constant,
)
from tfprune.export.low_bit.real_constant import real_constant, real_numbers
from tfprune.export.low_bit.steps import add, dequantize, multiply
from tfprune.export.low_bit.storage import RANGES, Storage
from tfprune.export.low_bit.weighing import bias_of, leave_out_bias
from tfprune.export.low_bit.whole_kernel import WholeKernel, whole_kernel

# Magnitudes that a type has below zero only.
LONELY = tuple(-lowest for lowest, _ in RANGES.values())


def pack_kernels(model: FlatbufferModel, storage: Storage) -> int:
    """Stores kernels of whole weights as integers.

    The operator reads them through a `DEQUANTIZE`, which a runtime runs once,
    and computes in floats as before; scales, where they are not powers of two,
    and the bias follow it as a `MUL` and an `ADD`.

    Args:
        model: The model; it is changed. What it computes is not, within
            rounding; sums of whole numbers are exact.
        storage: The type of the weights.

    Returns:
        How many operators read packed kernels now.

    Example:

    ```python
    pack_kernels(model, Storage("int4"))
    ```
    """
    return sum(pack_in(subgraph, storage) for subgraph in model.subgraphs)


def pack_in(subgraph: Subgraph, storage: Storage) -> int:
    """Packs the kernels of one subgraph; returns how many operators read."""
    kernels = [
        kernel
        for kernel in map(whole_kernel, subgraph.operators)
        if kernel is not None and kernel.operator.outputs[0].dtype == "FLOAT32"
    ]
    for kernel in kernels:
        pack(kernel, subgraph, storage)
    return len(kernels)


def pack(kernel: WholeKernel, subgraph: Subgraph, storage: Storage) -> None:
    """Packs one kernel."""
    scale = kernel.grid.common_scale
    integers, scales = kernel.grid.integers.astype("i2"), kernel.grid.scales
    scales_apart = scale is None or not is_power(scale)
    if scale is None or scales_apart:
        scale = 1.0
        integers, scales = turned(kernel.grid)
    packed = integer_constant(
        f"{kernel.name}/integers",
        kernel.laid_out(integers),
        storage.of(int(integers.min()), int(integers.max())),
        scale,
    )
    whole = in_floats(packed)
    whole.data = None
    kernel.give_way_to(whole)
    subgraph.tensors += [packed, whole]
    position = subgraph.operators.index(kernel.operator)
    subgraph.operators.insert(position, dequantize(packed, whole))
    if scales_apart:
        scale_outputs(kernel.operator, scales, kernel.name, subgraph)


def is_power(number: float) -> bool:
    """Whether a number is a power of two."""
    return bool(np.frexp(number)[0] == 0.5)


def turned(
    grid: EvenGrid,
) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
    """Whole weights and scales, the largest magnitudes below zero.

    The smallest number of a type has no counterpart above zero.
    """
    integers = grid.integers.astype("i2")
    above, below = integers.max(axis=1), -integers.min(axis=1)
    signs = np.where((above > below) & np.isin(above, LONELY), -1, 1)
    return integers * signs[:, None], grid.scales * signs.astype("f4")


def scale_outputs(
    operator: Operator,
    scales: NDArray[np.float32],
    name: str,
    subgraph: Subgraph,
) -> None:
    """Multiplies what an operator puts out, and adds its bias after that."""
    bias = bias_of(operator)
    shift = real_numbers(bias)
    has_bias = bias is not None and (shift is None or bool(shift.any()))
    activation = operator.options.fusedActivationFunction
    operator.options.fusedActivationFunction = 0
    result = operator.outputs[0]
    sums = in_floats(result)
    sums.name = f"{result.name}/sums"
    operator.outputs[0] = sums
    alike = (scales == scales[0]).all()
    factor = real_constant(f"{name}/scales", scales[:1] if alike else scales)
    subgraph.tensors += [sums, factor]
    position = subgraph.operators.index(operator) + 1
    if bias is None or not has_bias:
        subgraph.operators.insert(
            position, multiply(sums, factor, result, activation)
        )
        return
    scaled = in_floats(result)
    scaled.name = f"{result.name}/scaled"
    subgraph.tensors.append(scaled)
    subgraph.operators[position:position] = [
        multiply(sums, factor, scaled),
        add(scaled, bias, result, activation),
    ]
    leave_out_bias(operator, subgraph)
