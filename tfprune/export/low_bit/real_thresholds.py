"""Signs of real sums, told by a threshold."""

from collections.abc import Callable, Collection

import numpy as np

from tfprune.export.flatbuffer.model import FlatbufferModel, Operator, Subgraph
from tfprune.export.flatbuffer.wiring import Wiring
from tfprune.export.low_bit.chain import Chain, chain_of
from tfprune.export.low_bit.integer_form import LARGEST, LAYERS
from tfprune.export.low_bit.real_constant import real_constant
from tfprune.export.low_bit.signs import find_signs
from tfprune.export.low_bit.threshold import first_real
from tfprune.export.low_bit.weighing import (
    WEIGHING,
    bias_of,
    leave_out_bias,
)
from tfprune.export.low_bit.whole_kernel import (
    WholeKernel,
    rounded_kernel,
    whole_kernel,
)


def use_real_thresholds(model: FlatbufferModel) -> int:
    """Compares sums of whole weights with thresholds, in place of zero.

    Where only the sign of what a layer gives is asked for, its scales and its
    bias become a threshold for each channel: the smallest float32 for which
    the float operators would say 1. Its kernel then holds whole numbers.

    Args:
        model: A float model; it is changed.

    Returns:
        How many layers were changed.

    Example:

    ```python
    use_real_thresholds(model)
    ```
    """
    return sum(
        use_in(subgraph, WEIGHING, whole_kernel) for subgraph in model.subgraphs
    )


def use_rounded_thresholds(
    model: FlatbufferModel, spared: Collection[Operator] = ()
) -> int:
    """Does the same for layers of any weights, which are rounded for it.

    The sums need no rounding then, only the weights and the inputs.

    Args:
        model: A float model; it is changed.
        spared: Operators to leave as they are.

    Returns:
        How many layers were changed.

    Example:

    ```python
    use_rounded_thresholds(model)
    ```
    """

    def rounded(operator: Operator) -> WholeKernel | None:
        if operator in spared:
            return None
        return rounded_kernel(operator, LARGEST)

    return sum(
        use_in(subgraph, LAYERS, rounded) for subgraph in model.subgraphs
    )


def use_in(
    subgraph: Subgraph,
    names: Collection[str],
    kernel_at: Callable[[Operator], WholeKernel | None],
) -> int:
    """Changes the layers of one subgraph.

    Args:
        subgraph: The subgraph; it is changed.
        names: Names of the operators to change.
        kernel_at: The whole weights of an operator.

    Returns:
        How many were changed.
    """
    signs = {sign.compare: sign for sign in find_signs(subgraph)}
    count = 0
    for operator in list(subgraph.operators):
        if operator.name not in names or operator.is_custom or not signs:
            continue
        chain = chain_of(operator, Wiring(subgraph), signs)
        if chain is None or chain.between:
            continue
        kernel = kernel_at(operator)
        if kernel is None or is_whole(kernel):
            continue
        set_threshold(kernel, chain, subgraph)
        count += 1
    return count


def is_whole(kernel: WholeKernel) -> bool:
    """Whether an operator computes sums of whole weights already."""
    has_bias = bias_of(kernel.operator) is not None
    return kernel.grid.common_scale == 1 and not has_bias


def set_threshold(
    kernel: WholeKernel, chain: Chain, subgraph: Subgraph
) -> None:
    """Compares what one layer puts out with a threshold."""
    scales = kernel.grid.scales
    with np.errstate(invalid="ignore", over="ignore"):
        limits = first_real(
            lambda sums: chain.is_positive(sums, scales), chain.num_channels
        )
    whole = real_constant(
        f"{kernel.name}/whole",
        kernel.laid_out(kernel.grid.integers).astype(np.float32),
    )
    threshold = real_constant(f"{kernel.name}/thresholds", limits)
    kernel.give_way_to(whole)
    subgraph.tensors += [whole, threshold]
    leave_out_bias(kernel.operator, subgraph)
    chain.sign.compare.inputs[1] = threshold
