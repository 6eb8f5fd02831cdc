"""Dense layers over any axes, written as an equation."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import layers

from tfprune.graph.binding import (
    Binding,
    Constants,
    Flow,
    Size,
    UncoveredError,
    WeightAxis,
    Weights,
)
from tfprune.graph.channels import CONSTANT, Channels
from tfprune.graph.handlers.activation import activate, along_last
from tfprune.graph.handlers.constants import activate_constants, unfed
from tfprune.graph.handlers.contraction import (
    Contracted,
    Contraction,
    contract,
)
from tfprune.graph.handlers.dense import product
from tfprune.graph.handlers.equation import parsed
from tfprune.graph.handlers.registry import handles
from tfprune.graph.inputs import Inputs
from tfprune.graph.operand import Operand


@handles(layers.EinsumDense)
def einsum_dense(
    layer: layers.EinsumDense, inputs: Inputs, channels: Channels
) -> Binding:
    x = inputs[0]
    if not isinstance(layer.kernel, keras.Variable):
        raise UncoveredError(
            "its kernel is computed from other weights",
            "merge them into one first, as LoRA weights can be",
        )
    kernel = Operand.of(layer.kernel, "kernel")
    ranks = len(x.full_shape), len(kernel.full_shape)
    equation = parsed(layer.equation, ranks)
    if is_over_last_axis(equation, layer):
        units = channels.new(layer.kernel.shape[1])
        shape = layer.get_config()["output_shape"]
        sizes: dict[str, Size] = {"output_shape": (*shape[:-1], units)}
        bias = {"bias_axes": equation.output[-1]}
        return product(layer, x, channels, units, sizes, bias)
    found = contract(equation, (x, kernel), channels)
    output = found.output
    if not (along_last(layer.activation) and output.shape[-1] == 1):
        activate(channels, layer.activation, output)
    for ids in found.needed:
        channels.freeze(ids, "is summed up without a kernel")
    return Binding(
        output=output,
        axes=(*found.axes, *bias_axes(layer, equation, found)),
        sizes={"output_shape": output_sizes(layer, equation, found)},
        macs=found.macs,
        constants=flow(layer, equation, found),
    )


def is_over_last_axis(equation: Contraction, layer: Any) -> bool:
    """Whether the layer does to the last axis what a dense layer does."""
    (source, kernel), target = equation.factors, equation.output
    return (
        len(kernel) == 2
        and source[-1] == kernel[0]
        and target == (*source[:-1], kernel[1])
        and (layer.bias is None or len(layer.bias.shape) == 1)
    )


def bias_axes(
    layer: Any, equation: Contraction, found: Contracted
) -> tuple[WeightAxis, ...]:
    """The axes of the bias, which is added to the last axes of the output."""
    if layer.bias is None:
        return ()
    shape = tuple(layer.bias.shape)
    labels = equation.output[-len(shape) :]
    return tuple(
        WeightAxis(
            "bias",
            axis,
            found.along[label]
            if label in found.along and size > 1
            else np.full(size, CONSTANT),
            "out",
        )
        for axis, (label, size) in enumerate(zip(labels, shape, strict=True))
    )


def output_sizes(layer: Any, equation: Contraction, found: Contracted) -> Size:
    """The config's output shape, which leaves out batch and ellipsis."""
    shape = tuple(layer.get_config()["output_shape"])
    elided_left = layer.equation.strip().startswith("...")
    first = len(equation.output) - len(shape) if elided_left else 1
    labels = equation.output[first : first + len(shape)]
    return tuple(
        size if size is None or label not in found.along else found.along[label]
        for label, size in zip(labels, shape, strict=True)
    )


def flow(layer: Any, equation: Contraction, found: Contracted) -> Flow | None:
    """Units whose weights are all zero emit their bias, whatever comes in."""
    labels = [x for x in equation.output if x in found.along]
    kernel = equation.factors[1]
    if not labels or labels[0] not in kernel:
        return None
    (label,) = labels
    axis = equation.output.index(label)
    rank = len(equation.output)

    def run(inputs: Sequence[Constants], weights: Weights) -> Constants:
        units = unfed(
            weights["kernel"],
            kernel.index(label),
            weights.get("bias"),
            axis - rank,
        )
        shape = [1] * (rank - 1)
        shape[axis - 1] = len(units.known)
        return activate_constants(
            layer.activation,
            Constants(units.known.reshape(shape), units.values.reshape(shape)),
        )

    return run
