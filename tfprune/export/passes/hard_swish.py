"""Hard swish for devices that have no operator for it."""

from dataclasses import replace

import numpy as np

from tfprune.export.flatbuffer.model import FlatbufferModel, Operator, Subgraph
from tfprune.export.flatbuffer.schema import schema
from tfprune.export.flatbuffer.tensor import Quantization, Tensor
from tfprune.export.passes.integer_product import (
    integer_constant,
    product,
)

SHIFT = 0.5
SLOPE = 1 / 6
# Integers end where hard sigmoid does: -128 is 0, and 127 is 1.
GATE_SCALE = 1 / 255
GATE_ZERO_POINT = -128


def split_hard_swish(model: FlatbufferModel) -> int:
    """Turns int8 hard swish into a product, a sum and a product.

    `x * hard_sigmoid(x)` with `hard_sigmoid(x) = clip(x / 6 + 1 / 2, 0, 1)`.
    The sum is stored between 0 and 1, so that it needs no clipping of its
    own: integers end there.

    Args:
        model: The model; it is changed.

    Returns:
        How many operators were replaced.

    Example:

    ```python
    changes = split_hard_swish(model)
    ```
    """
    return sum(split_in(subgraph) for subgraph in model.subgraphs)


def split_in(subgraph: Subgraph) -> int:
    """Splits what it can of one subgraph; returns how many."""
    count = 0
    for position, operator in reversed(list(enumerate(subgraph.operators))):
        if operator.name != "HARD_SWISH" or operator.is_custom:
            continue
        source, result = operator.inputs[0], operator.outputs[0]
        if source is None or source.dtype != "INT8" or result.dtype != "INT8":
            continue
        scale, zero_point = source.scale(), source.zero_point()
        if scale is None or zero_point is None or result.scale() is None:
            continue
        slope = integer_constant(f"{result.name}/slope", SLOPE, "INT8")
        shift = integer_constant(f"{result.name}/shift", SHIFT, "INT8")
        # The scale takes the slope, so the integers stay as they are.
        scaled = replace(
            source,
            name=f"{result.name}/scaled",
            quantization=one_scale(scale * SLOPE, zero_point),
        )
        gate = replace(
            source,
            name=f"{result.name}/gate",
            quantization=one_scale(GATE_SCALE, GATE_ZERO_POINT),
        )
        subgraph.tensors += [slope, shift, scaled, gate]
        subgraph.operators[position : position + 1] = [
            product(source, slope, scaled),
            total(scaled, shift, gate),
            product(source, gate, result),
        ]
        count += 1
    return count


def one_scale(scale: float, zero_point: int) -> Quantization:
    """One scale and one zero point for a whole tensor."""
    return Quantization(np.full(1, scale, "f4"), np.full(1, zero_point, "i8"))


def total(left: Tensor, right: Tensor, output: Tensor) -> Operator:
    """The operator that adds two int8 tensors."""
    return Operator(
        name="ADD",
        inputs=[left, right],
        outputs=[output],
        version=2,
        options_type=schema.BuiltinOptions.AddOptions,
        options=schema.AddOptionsT(),
    )
