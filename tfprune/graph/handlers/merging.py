"""Layers and operations that combine several tensors."""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import keras
import numpy as np
from keras import layers

from tfprune.graph.binding import (
    Binding,
    Constants,
    Flow,
    UncoveredError,
    Weights,
)
from tfprune.graph.channels import Channels, ChannelTensor, Ids
from tfprune.graph.handlers.axes import without_batch
from tfprune.graph.handlers.constants import all_known
from tfprune.graph.handlers.registry import handles
from tfprune.graph.layout import broadcast_rank


def tied(inputs: Sequence[ChannelTensor], channels: Channels) -> Ids:
    """Ties element-wise inputs, after broadcasting as NumPy does.

    An input of length 1 on an axis where another is longer is read at every
    position: it is kept, and nothing is tied to it there.

    Returns:
        The ids of the result.
    """
    rank = max(x.rank for x in inputs)
    shapes = [(1,) * (rank - x.rank) + x.shape for x in inputs]
    aligned = [broadcast_rank(x.ids, rank) for x in inputs]
    varying = [
        axis
        for axis in range(rank)
        if any(ids.shape[axis] > 1 for ids in aligned)
    ]
    kept: list[Ids] = []
    for ids, shape in zip(aligned, shapes, strict=True):
        if varying and all(shape[axis] == 1 for axis in varying):
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


def _merge(*kinds: type | str, flow: Flow | None) -> None:
    @handles(*kinds)
    def merge(
        layer: Any, inputs: Sequence[ChannelTensor], channels: Channels
    ) -> Binding:
        ids = tied(inputs, channels)
        # A number among the arguments is not seen by the flow.
        whole = isinstance(layer, keras.layers.Layer) or len(inputs) > 1
        return Binding(output=ids, constants=flow if whole else None)


_merge(layers.Add, "Add", flow=combined(np.add))
_merge(layers.Subtract, "Subtract", flow=combined(np.subtract))
_merge(layers.Multiply, "Multiply", flow=multiplied)
_merge(layers.Maximum, "Maximum", flow=combined(np.maximum))
_merge(layers.Minimum, "Minimum", flow=combined(np.minimum))
_merge(layers.Average, flow=average)
_merge("Divide", "TrueDivide", "Power", flow=None)


@handles(layers.Concatenate, "Concatenate")
def concatenate(
    layer: Any, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    axis = without_batch(layer.axis, inputs[0].rank)
    if axis < 0:
        raise UncoveredError("concatenates along the batch")
    if any(_lies_along(x, axis) for x in inputs):
        return _concatenated_channels(inputs, axis)
    # Joined place beside place: position by position the same channels.
    ids = tied([x.lengthened(axis, 1) for x in inputs], channels)
    return Binding(output=ids, constants=agreeing)


def _lies_along(x: ChannelTensor, axis: int) -> bool:
    """Whether a tensor's channels lie along an axis."""
    one_channel = x.ids.size == 1 and x.shape[axis] == 1
    return x.varies(axis) or one_channel


def _concatenated_channels(
    inputs: Sequence[ChannelTensor], axis: int
) -> Binding:
    def joined(arrays: Sequence[np.ndarray]) -> np.ndarray:
        rest = [(*a.shape[:axis], 1, *a.shape[axis + 1 :]) for a in arrays]
        common = list(np.broadcast_shapes(*rest))
        parts = []
        for array, x in zip(arrays, inputs, strict=True):
            common[axis] = x.shape[axis] or array.shape[axis]
            parts.append(np.broadcast_to(array, common))
        return np.concatenate(parts, axis=axis)

    def flow(constants: Sequence[Constants], weights: Weights) -> Constants:
        known = joined([x.known for x in constants])
        return Constants(known, joined([x.values for x in constants]))

    return Binding(output=joined([x.ids for x in inputs]), constants=flow)


def agreeing(inputs: Sequence[Constants], weights: Weights) -> Constants:
    """What is joined is constant where all parts are the same constant."""
    aligned = _aligned(inputs)
    first = aligned[0]
    same = [x.known & first.known & (x.values == first.values) for x in aligned]
    known = reduce(np.logical_and, same)
    return Constants.where(known, np.broadcast_to(first.values, known.shape))
