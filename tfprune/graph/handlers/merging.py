"""Layers and operations that combine several tensors."""

from collections.abc import Callable, Sequence
from functools import reduce
from numbers import Real
from typing import Any, TypeAlias

import keras
import numpy as np
from keras import layers

from tfprune.graph.binding import (
    Binding,
    Constants,
    Flow,
    WeightAxis,
    Weights,
)
from tfprune.graph.channels import (
    CONSTANT,
    Channels,
    ChannelTensor,
    Ids,
    Shape,
)
from tfprune.graph.handlers.axes import on_axis
from tfprune.graph.handlers.constants import all_known, mapped
from tfprune.graph.handlers.registry import handles
from tfprune.graph.inputs import Inputs
from tfprune.graph.layout import broadcast_rank
from tfprune.graph.operand import Operand, is_array

Aligned: TypeAlias = tuple[Ids, Shape]
"""Ids and the shape that they stand for, of the same rank."""


def tied(inputs: Sequence[Aligned], channels: Channels) -> Ids:
    """Ties element-wise inputs, after broadcasting as NumPy does.

    An input of length 1 on the axis of the result's channels is read at every
    position: it is kept, and nothing is tied to it there.

    Returns:
        The ids of the result.
    """
    rank = max(len(shape) for _, shape in inputs)
    shapes = [(1,) * (rank - len(shape)) + shape for _, shape in inputs]
    aligned = [broadcast_rank(ids, rank) for ids, _ in inputs]
    varying = [
        axis
        for axis in range(rank)
        if any(ids.shape[axis] > 1 for ids in aligned)
    ]
    kept: list[Ids] = []
    for ids, shape in zip(aligned, shapes, strict=True):
        if varying and shape[varying[-1]] == 1:
            channels.freeze(ids, "is broadcast over the other input's channels")
        else:
            kept.append(ids)
    first = kept[0] if kept else aligned[0]
    for other in kept[1:]:
        channels.tie(first, other)
        first = _wider(first, other)
    return first


def _wider(first: Ids, second: Ids) -> Ids:
    """The first ids, spread over the shape that both broadcast to."""
    return np.broadcast_to(
        first, np.broadcast_shapes(first.shape, second.shape)
    )


def combined(function: Callable[[Any, Any], Any]) -> Flow:
    """Flow of an element-wise function of several tensors."""

    def flow(inputs: Sequence[Constants], weights: Weights) -> Constants:
        aligned = _aligned(inputs)
        values = reduce(function, [x.values for x in aligned])
        return Constants.where(all_known(*aligned), values)

    return flow


def _aligned(inputs: Sequence[Constants]) -> list[Constants]:
    rank = max(x.known.ndim for x in inputs)
    return [
        Constants(
            x.known.reshape((1,) * (rank - x.known.ndim) + x.known.shape),
            x.values.reshape((1,) * (rank - x.known.ndim) + x.known.shape),
        )
        for x in inputs
    ]


def multiplied(inputs: Sequence[Constants], weights: Weights) -> Constants:
    """A product is known where all factors are, or one is known as zero."""
    aligned = _aligned(inputs)
    zero = reduce(np.logical_or, [x.known & (x.values == 0) for x in aligned])
    values = reduce(np.multiply, [x.values for x in aligned])
    return Constants.where(all_known(*aligned) | zero, values)


def average(inputs: Sequence[Constants], weights: Weights) -> Constants:
    """The mean of known constants."""
    aligned = _aligned(inputs)
    values = reduce(np.add, [x.values for x in aligned]) / len(aligned)
    return Constants.where(all_known(*aligned), values)


def with_numbers(operation: Any, inputs: Inputs) -> Flow | None:
    """Flow of an operation on one tensor and numbers.

    Args:
        operation: An element-wise operation.
        inputs: What it is called on.

    Returns:
        None where its other arguments are not numbers of their own.
    """
    others = [
        x for x in inputs.arguments.values() if not isinstance(x, ChannelTensor)
    ]
    if not inputs.settled or not all(map(is_number, others)):
        return None

    def apply_with_numbers(tensor: Any) -> Any:
        arguments = {
            name: tensor if isinstance(value, ChannelTensor) else value
            for name, value in inputs.arguments.items()
        }
        return operation(**arguments)

    return mapped(apply_with_numbers)


def is_number(argument: Any) -> bool:
    """Whether an argument is a number, alone in an array perhaps."""
    return isinstance(argument, Real) or (
        is_array(argument) and not tuple(argument.shape)
    )


def _merge(*kinds: type | str, flow: Flow | None, numbers: bool = True) -> None:
    @handles(*kinds, operands=True)
    def merge(layer: Any, inputs: Inputs, channels: Channels) -> Binding:
        if isinstance(layer, keras.layers.Layer):
            # Keras aligns what it merges behind the batch axis.
            ids = tied([(x.ids, x.shape) for x in inputs], channels)
            return Binding(output=ids, constants=flow)
        ids, axes = combined_with_operands(inputs, channels)
        found = flow
        if len(inputs) == 1:
            found = with_numbers(layer, inputs) if numbers else None
        elif axes:
            found = None
        return Binding(output=ids, axes=axes, constants=found)


_merge(layers.Add, "Add", flow=combined(np.add))
_merge(layers.Subtract, "Subtract", flow=combined(np.subtract))
_merge(layers.Multiply, "Multiply", flow=multiplied)
_merge(layers.Maximum, "Maximum", flow=combined(np.maximum))
_merge(layers.Minimum, "Minimum", flow=combined(np.minimum))
_merge(layers.Average, flow=average)
_merge("Divide", "DivideNoNan", "Power", "TrueDivide", flow=None)
_merge(
    "Arctan2",
    "BitwiseAnd",
    "BitwiseOr",
    "Equal",
    "FloorDivide",
    "Greater",
    "GreaterEqual",
    "Hypot",
    "Less",
    "LessEqual",
    "Logaddexp",
    "LogicalAnd",
    "LogicalOr",
    "LogicalXor",
    "Mod",
    "NotEqual",
    "Where",
    flow=None,
    numbers=False,
)


def combined_with_operands(
    inputs: Sequence[ChannelTensor], channels: Channels
) -> tuple[Ids, tuple[WeightAxis, ...]]:
    """Ties element-wise inputs; weights and arrays follow the activations.

    Returns:
        The ids of the result, and the axes of weights that carry them.
    """
    operands = [x for x in inputs if isinstance(x, Operand)]
    rest = [x for x in inputs if not isinstance(x, Operand)]
    axes: list[WeightAxis] = []
    parts: list[Aligned] = [(x.full_ids, x.full_shape) for x in rest]
    if parts:
        parts = [(tied(parts, channels), np_shape([x for _, x in parts]))]
    for operand in operands:
        followed = _following(operand, parts, channels)
        if followed is not None:
            axes += followed[1]
            parts.append((followed[0], operand.full_shape))
    return tied(parts, channels), tuple(axes)


def np_shape(shapes: Sequence[Shape]) -> Shape:
    """The shape that shapes broadcast to; unknown sizes stay unknown."""
    rank = max(map(len, shapes))
    aligned = [(1,) * (rank - len(x)) + x for x in shapes]
    return tuple(
        None if None in sizes else max(sizes)
        for sizes in zip(*aligned, strict=True)
    )


def _following(
    operand: Operand, parts: Sequence[Aligned], channels: Channels
) -> tuple[Ids, list[WeightAxis]] | None:
    """Ids of a weight or array that is combined with activations.

    Returns:
        The ids and the axis that carries them; None where it has no channels,
        being as long as the activation only where that has none.
    """
    rank = len(operand.full_shape)
    if parts:
        ids, shape = parts[0]
        behind = len(shape) - rank
        for axis, size in enumerate(operand.full_shape):
            other = axis + behind
            if other >= 0 and ids.shape[other] > 1 and size != 1:
                along = np.take(ids.reshape(-1, ids.shape[other]), 0, axis=0)
                return on_axis(along, axis, rank), [
                    WeightAxis(operand.name, axis, along, "out")
                ]
        longer = [
            axis
            for axis, size in enumerate(operand.full_shape)
            if size != 1 and (axis + behind < 0 or shape[axis + behind] == 1)
        ]
        if not longer:
            return None
    return read_operand(operand, channels)


def read_operand(
    operand: Operand, channels: Channels
) -> tuple[Ids, list[WeightAxis]]:
    """Ids of a weight or array whose channels lie on its last axis."""
    axis, rank = operand.channel_axis, len(operand.full_shape)
    if axis is None:
        return np.full((1,) * rank, CONSTANT), []
    count = operand.full_shape[axis] or 1
    if not operand.is_weight:
        ids = channels.fixed(count, "takes a constant array")
        return on_axis(ids, axis, rank), []
    ids = channels.new(count, operand.name)
    return on_axis(ids, axis, rank), [
        WeightAxis(operand.name, axis, ids, "out")
    ]


@handles(layers.Concatenate, "Concatenate")
def concatenate(
    layer: Any, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    axis = layer.axis % len(inputs[0].full_shape)
    if any(_lies_along(x, axis) for x in inputs):
        return _concatenated_channels(inputs, axis)
    # Joined place beside place: position by position the same channels.
    shapes = [
        (*x.full_shape[:axis], 1, *x.full_shape[axis + 1 :]) for x in inputs
    ]
    parts = zip([x.full_ids for x in inputs], shapes, strict=True)
    return Binding(output=tied(list(parts), channels), constants=agreeing)


def _lies_along(x: ChannelTensor, axis: int) -> bool:
    """Whether a tensor's channels lie along an axis."""
    one_channel = x.full_ids.size == 1 and x.full_shape[axis] == 1
    return x.full_ids.shape[axis] > 1 or (one_channel and axis > 0)


def _concatenated_channels(
    inputs: Sequence[ChannelTensor], axis: int
) -> Binding:
    sizes = [x.full_shape[axis] for x in inputs]

    def flow(constants: Sequence[Constants], weights: Weights) -> Constants:
        # Constants lie without the batch.
        known = joined([x.known for x in constants], sizes, axis - 1)
        values = joined([x.values for x in constants], sizes, axis - 1)
        return Constants(known, values)

    ids = joined([x.full_ids for x in inputs], sizes, axis)
    return Binding(output=ids, constants=flow)


def joined(
    arrays: Sequence[np.ndarray], sizes: Sequence[int | None], axis: int
) -> np.ndarray:
    """Concatenates arrays in the layout of ids, each spread to its size."""
    rest = [(*a.shape[:axis], 1, *a.shape[axis + 1 :]) for a in arrays]
    common = list(np.broadcast_shapes(*rest))
    parts = []
    for array, size in zip(arrays, sizes, strict=True):
        common[axis] = size or array.shape[axis]
        parts.append(np.broadcast_to(array, common))
    return np.concatenate(parts, axis=axis)


def agreeing(inputs: Sequence[Constants], weights: Weights) -> Constants:
    """What is joined is constant where all parts are the same constant."""
    aligned = _aligned(inputs)
    first = aligned[0]
    same = [x.known & first.known & (x.values == first.values) for x in aligned]
    known = reduce(np.logical_and, same)
    return Constants.where(known, np.broadcast_to(first.values, known.shape))
