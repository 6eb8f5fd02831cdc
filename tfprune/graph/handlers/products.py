"""Products of activations with each other, with weights and with arrays."""

from collections.abc import Sequence
from typing import Any

from keras import layers

from tfprune.graph.binding import Binding, UncoveredError
from tfprune.graph.channels import CONSTANT, Channels, ChannelTensor
from tfprune.graph.handlers.contraction import (
    Contraction,
    Labels,
    contract,
)
from tfprune.graph.handlers.equation import parsed
from tfprune.graph.handlers.masked_inputs import (
    Make,
    idle_products,
    layer_of,
    substitute,
    summed_axes,
)
from tfprune.graph.handlers.registry import handles
from tfprune.graph.inputs import Inputs
from tfprune.layers import SubsetDot, SubsetOperation


def product(
    operation: Any,
    contraction: Contraction,
    factors: Sequence[ChannelTensor],
    channels: Channels,
    make: Make = SubsetOperation,
) -> Binding:
    """Binds an operation that computes a sum of products."""
    found = contract(contraction, factors, channels)
    summed = summed_axes(contraction, found)
    labels = {label for row in contraction.factors for label in row}
    return Binding(
        output=found.output,
        axes=found.axes,
        macs=found.macs,
        # What sums up nothing is no more than a multiplication.
        products=found.products if labels - set(contraction.output) else (),
        needed=found.needed,
        idle=idle_products([x for x in summed if x.ids[0] != CONSTANT]),
        substitute=substitute(operation, summed, channels, make),
    )


def tensors(values: Sequence[Any]) -> list[ChannelTensor]:
    """The factors of a product.

    Raises:
        UncoveredError: When one is a number.
    """
    if not all(isinstance(x, ChannelTensor) and x.full_shape for x in values):
        raise UncoveredError("multiplies with a number")
    return list(values)


def pair(inputs: Inputs) -> list[ChannelTensor]:
    """The two factors of a product."""
    return tensors([inputs.arguments["x1"], inputs.arguments["x2"]])


@handles("Einsum", operands=True)
def einsum(operation: Any, inputs: Inputs, channels: Channels) -> Binding:
    factors = tensors(inputs.arguments["operands"])
    ranks = [len(x.full_shape) for x in factors]
    equation = parsed(operation.subscripts, ranks)
    return product(operation, equation, factors, channels)


@handles("Matmul", operands=True)
def matmul(operation: Any, inputs: Inputs, channels: Channels) -> Binding:
    first, second = pair(inputs)
    ranks = len(first.full_shape), len(second.full_shape)
    rows = "...r" if ranks[0] > 1 else ""
    columns = "c" if ranks[1] > 1 else ""
    left, right = f"{rows}k", f"...k{columns}" if columns else "k"
    equation = f"{left},{right}->{'...' if rows or columns else ''}"
    equation += f"{rows[-1:]}{columns}"
    return product(
        operation, parsed(equation, ranks), [first, second], channels
    )


def over_axes(
    ranks: tuple[int, int], axes: tuple[Sequence[int], Sequence[int]]
) -> Contraction:
    """Sums over pairs of axes; all others stay, the first factor's first."""
    rows: list[Labels] = []
    for name, rank, summed in zip("xy", ranks, axes, strict=True):
        places = [axis % rank for axis in summed]
        rows.append(
            tuple(
                f"s{places.index(axis)}" if axis in places else f"{name}{axis}"
                for axis in range(rank)
            )
        )
    kept = [label for row in rows for label in row if label[0] != "s"]
    return Contraction(tuple(rows), tuple(kept))


@handles("Tensordot", operands=True)
def tensordot(operation: Any, inputs: Inputs, channels: Channels) -> Binding:
    factors = pair(inputs)
    ranks = len(factors[0].full_shape), len(factors[1].full_shape)
    axes = operation.axes
    if isinstance(axes, int):
        pairs: Any = range(ranks[0] - axes, ranks[0]), range(axes)
    else:
        pairs = [[x] if isinstance(x, int) else x for x in axes]
    return product(operation, over_axes(ranks, pairs), factors, channels)


@handles("Dot", operands=True)
def dot(operation: Any, inputs: Inputs, channels: Channels) -> Binding:
    factors = pair(inputs)
    ranks = len(factors[0].full_shape), len(factors[1].full_shape)
    second = -2 if ranks[1] > 1 else -1
    contraction = over_axes(ranks, ([-1], [second]))
    return product(operation, contraction, factors, channels)


@handles("Inner", operands=True)
def inner(operation: Any, inputs: Inputs, channels: Channels) -> Binding:
    factors = pair(inputs)
    ranks = len(factors[0].full_shape), len(factors[1].full_shape)
    contraction = over_axes(ranks, ([-1], [-1]))
    return product(operation, contraction, factors, channels)


@handles(layers.Dot)
def batch_dot(layer: layers.Dot, inputs: Inputs, channels: Channels) -> Binding:
    ranks = len(inputs[0].full_shape), len(inputs[1].full_shape)
    axes = layer.axes
    first, second = (axes, axes) if isinstance(axes, int) else axes
    left, right = over_axes(ranks, ([first], [second])).factors
    right = ("x0", *right[1:])
    kept = [x for x in (*left, *right[1:]) if x != "s0"]
    # Of two vectors an axis of length 1 remains.
    output = (*kept, "one") if len(kept) == 1 else tuple(kept)
    contraction = Contraction((left, right), output)
    make = layer_of(SubsetDot)
    return product(layer, contraction, inputs, channels, make)
