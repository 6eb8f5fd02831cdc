"""What a layer's weights and products cost at their own precision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tfprune.graph.step import Step
from tfprune.layers.kernel_precision import KernelPrecision
from tfprune.profiling.cost import item_size
from tfprune.profiling.entering_bits import EnteringBits
from tfprune.profiling.xnor_speedup import xnor_speedup

SCALE_BITS = 32


@dataclass(frozen=True)
class LowBits:
    """The cost of one layer at the precision of its quantizers.

    Attributes:
        bytes_at: Bytes of the weights of each precision, by its bits; scales
            that are computed from weights count as numbers of 32.
        binary_macs: Multiply-accumulates whose factors are both signs.
        operations: The other multiply-accumulates, and the binary ones
            divided by how much faster they could be.
        operands: What is multiplied, as `weight bits x input bits`, for each
            quantized kernel.
    """

    bytes_at: Mapping[int, int]
    binary_macs: int
    operations: float
    operands: tuple[str, ...]

    @classmethod
    def of(
        cls,
        calls: Sequence[Step],
        weights: Sequence[Any],
        macs: int,
        entering: EnteringBits,
    ) -> "LowBits":
        """Reads the quantizers of a layer.

        Args:
            calls: All calls of the layer.
            weights: Those of its weights that are not counted elsewhere.
            macs: Its multiply-accumulates.
            entering: What quantizers in front of it tell.
        """
        found = precisions(calls[0], entering)
        sizes: dict[int, int] = {}
        for weight in weights:
            own = found.get(id(weight))
            wide = 8 * item_size(weight)
            bits = min(wide, own.weight_bits) if own else wide
            count = int(np.prod(weight.shape, dtype=np.int64))
            sizes[bits] = sizes.get(bits, 0) + -(-count * bits // 8)
            if own and own.num_scales:
                size = own.num_scales * SCALE_BITS // 8
                sizes[SCALE_BITS] = sizes.get(SCALE_BITS, 0) + size
        binary, saved = 0, 0.0
        for step in calls:
            variables = {x.weight: x.variable for x in step.axes}
            of_call = precisions(step, entering)
            for name, times in step.binding.macs.items():
                variable: Any = variables.get(name)
                precision = of_call.get(id(variable))
                if precision is not None and precision.binary:
                    size = int(np.prod(variable.shape, dtype=np.int64))
                    binary += times * size
                    faster = xnor_speedup(precision.terms)
                    saved += times * size * (1 - 1 / faster)
        return cls(
            bytes_at=dict(sorted(sizes.items())),
            binary_macs=binary,
            operations=macs - saved,
            operands=tuple(
                f"{x.weight_bits}x{x.input_bits}" for x in found.values()
            ),
        )


def precisions(
    step: Step, entering: EnteringBits
) -> dict[int, KernelPrecision]:
    """What quantizers tell of a layer's kernels, by the variable's `id`."""
    told = getattr(step.operation, "precisions", None)
    if told is None:
        return {}
    variables = {x.weight: x.variable for x in step.axes}
    return {
        id(variables[name]): precision
        for name, precision in told(entering.of(step)).items()
        if name in variables
    }
