"""Layout layers: the same NumPy operation on ids as on values."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import layers

from tfprune.graph.binding import (
    Binding,
    Constants,
    Size,
    UncoveredError,
    Weights,
)
from tfprune.graph.channels import Channels, ChannelTensor, Ids
from tfprune.graph.handlers.constants import moved
from tfprune.graph.handlers.registry import handles
from tfprune.graph.layout import compressed


def fully_expanded(array: np.ndarray, x: ChannelTensor) -> np.ndarray:
    """An array in the layout of a tensor, at the tensor's full shape."""
    full = [size or 1 for size in x.shape]
    return np.broadcast_to(array, full)


@handles(layers.Flatten)
def flatten(
    layer: layers.Flatten, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    x = inputs[0]

    def move(array: np.ndarray) -> np.ndarray:
        full = fully_expanded(array, x)
        if layer.data_format == "channels_first" and x.rank > 1:
            full = np.moveaxis(full, 0, -1)
        return full.reshape(-1)

    if None in x.shape and any(x.varies(axis) for axis in range(x.rank)):
        raise UncoveredError("flattens an axis of unknown length")
    return Binding(output=move(x.ids), constants=moved(move))


@handles(layers.Reshape)
def reshape(
    layer: layers.Reshape, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    x = inputs[0]
    target = tuple(layer.target_shape)
    if None in x.shape and not keeps_unknown_axis(x.shape, target):
        raise UncoveredError("reshapes an axis of unknown length")

    def move(array: np.ndarray) -> np.ndarray:
        return fully_expanded(array, x).reshape(target)

    ids = move(x.ids)
    return Binding(
        output=ids,
        sizes={"target_shape": shape_sizes(target, ids)},
        constants=moved(move),
    )


def keeps_unknown_axis(
    shape: tuple[int | None, ...], target: tuple[int, ...]
) -> bool:
    """Whether the one unknown axis of a shape is the -1 of the target."""
    if shape.count(None) != 1 or target.count(-1) != 1:
        return False
    after = [size or 1 for size in shape[shape.index(None) + 1 :]]
    return math.prod(after) == math.prod(target[target.index(-1) + 1 :])


def shape_sizes(target: tuple[int, ...], ids: Ids) -> Size:
    """A target shape whose entries follow the ids that lie along them."""
    narrow = compressed(ids)
    sizes: list[int | Ids] = []
    for axis, size in enumerate(target):
        others = tuple(i for i in range(narrow.ndim) if i != axis)
        varies = narrow.shape[axis] > 1 and size != -1
        if varies and all(narrow.shape[i] == 1 for i in others):
            sizes.append(narrow.ravel())
        elif varies and axis == max(
            i for i in range(narrow.ndim) if narrow.shape[i] > 1
        ):
            # Ids tied across the other axes: any row counts the rest.
            sizes.append(narrow.reshape(-1, narrow.shape[axis])[0])
        else:
            sizes.append(size)
    return tuple(sizes)


@handles(layers.Permute)
def permute(
    layer: layers.Permute, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    order = [axis - 1 for axis in layer.dims]

    def move(array: np.ndarray) -> np.ndarray:
        return np.transpose(array, order)

    return Binding(output=move(inputs[0].ids), constants=moved(move))


@handles(layers.RepeatVector)
def repeat_vector(
    layer: Any, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    def flow(constants: Sequence[Constants], weights: Weights) -> Constants:
        x = constants[0]
        return Constants(x.known[None], x.values[None])

    return Binding(output=inputs[0].ids[None], constants=flow)
