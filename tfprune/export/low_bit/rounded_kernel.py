"""Kernels of few levels that were stretched to int8."""

import numpy as np
from numpy.typing import NDArray

from tfprune.export.flatbuffer.model import Operator
from tfprune.export.low_bit.integer_constant import integers_of
from tfprune.export.low_bit.integer_form import BIAS_SCALE, gives_signs
from tfprune.export.low_bit.weighing import WEIGHING, bias_of, kernel_of

# More levels, or fewer weights, are on a grid by chance.
MOST_STEPS = 15
FEWEST_WEIGHTS = 64
FEWEST_IN_FILTER = 8

Rounded = tuple[NDArray[np.int8], NDArray[np.float32]]


def rounded_kernel_of(operator: Operator) -> Rounded | None:
    """Finds the few levels that an int8 kernel was made of.

    Args:
        operator: Any operator.

    Returns:
        The whole weights, in the layout of the operator, and the step of each
        filter; None where the operator does not compute with int8, or where
        its kernel has more levels.

    Example:

    ```python
    integers, steps = rounded_kernel_of(convolution)    # 1 and -1; 0.01
    ```
    """
    kernel = kernel_of(operator)
    integers = integers_of(kernel)
    if kernel is None or integers is None or kernel.quantization is None:
        return None
    is_int8 = {kernel.dtype, operator.outputs[0].dtype} == {"INT8"}
    place = WEIGHING[operator.name]
    filters = place.filters(integers).astype("f8")
    scales = kernel.quantization.scales
    if not is_int8 or scales.size not in (1, len(filters)):
        return None
    if filters.size < FEWEST_WEIGHTS or filters.shape[1] < FEWEST_IN_FILTER:
        return None
    tops = np.abs(filters).max(axis=1, keepdims=True)
    tops = np.where(tops > 0, tops, 1.0)
    for steps in range(1, MOST_STEPS + 1):
        whole = np.rint(filters * steps / tops)
        if (np.abs(filters - whole * tops / steps) <= 0.5).all():
            laid_out = place.laid_out(whole.astype(np.int8), kernel.shape)
            sizes = tops[:, 0] / steps * np.resize(scales, len(filters))
            return np.ascontiguousarray(laid_out), sizes.astype(np.float32)
    return None


def limits_of(
    operator: Operator, steps: NDArray[np.float32]
) -> NDArray[np.float32] | None:
    """The sums of whole weights from which on an operator says 1, not -1.

    Args:
        operator: An operator that computes with int8.
        steps: The step of each filter.

    Returns:
        float32 `(filters,)`; None where it gives more than signs.
    """
    bias = bias_of(operator)
    if bias is None or bias.data is None or not gives_signs(operator):
        return None
    limits = -BIAS_SCALE * bias.data.view("i4") / steps
    return limits.astype(np.float32)
