"""Signs of real sums, told by a threshold."""

from collections.abc import Collection

import numpy as np

from tfprune.export.flatbuffer.model import FlatbufferModel, Operator, Subgraph
from tfprune.export.flatbuffer.wiring import Wiring
from tfprune.export.low_bit.chain import Chain, chain_of
from tfprune.export.low_bit.real_constant import real_constant
from tfprune.export.low_bit.signs import find_signs
from tfprune.export.low_bit.threshold import first_real
from tfprune.export.low_bit.weighing import (
    WEIGHING,
    bias_of,
    leave_out_bias,
)
from tfprune.export.low_bit.whole_kernel import WholeKernel, whole_kernel


def use_real_thresholds(
    model: FlatbufferModel, spared: Collection[Operator] = ()
) -> int:
    """Compares sums of whole weights with thresholds, in place of zero.

    Where only the sign of what a layer gives is asked for, its scales and its
    bias become a threshold for each channel: the smallest float32 for which
    the float operators would say 1. Its kernel then holds whole numbers.

    Args:
        model: A float model; it is changed.
        spared: Operators to leave as they are.

    Returns:
        How many layers were changed.

    Example:

    ```python
    use_real_thresholds(model)
    ```
    """
    return sum(use_in(subgraph, spared) for subgraph in model.subgraphs)


def use_in(subgraph: Subgraph, spared: Collection[Operator]) -> int:
    """Changes the layers of one subgraph; returns how many."""
    signs = {sign.compare: sign for sign in find_signs(subgraph)}
    count = 0
    for operator in list(subgraph.operators):
        if operator.name not in WEIGHING or operator.is_custom or not signs:
            continue
        chain = chain_of(operator, Wiring(subgraph), signs)
        if chain is None or chain.between or operator in spared:
            continue
        kernel = whole_kernel(operator)
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
