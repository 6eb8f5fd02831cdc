"""Layout operations of `keras.ops`: the same NumPy operation on ids."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfprune.graph.binding import Binding, UncoveredError
from tfprune.graph.channels import (
    CONSTANT,
    Channels,
    ChannelTensor,
    Ids,
    Shape,
)
from tfprune.graph.handlers.registry import handles
from tfprune.graph.handlers.reshaping import shape_sizes
from tfprune.graph.inputs import Inputs
from tfprune.graph.layout import compressed


def relaid(x: ChannelTensor, ids: Ids) -> Binding:
    """Binds an operation that only moves what is in its input.

    Raises:
        UncoveredError: When channels come to lie on an open batch axis.
    """
    ids = compressed(ids)
    open_batch = bool(x.full_shape) and x.full_shape[0] is None
    if open_batch and ids.ndim and ids.shape[0] > 1:
        raise UncoveredError("moves channels onto the batch axis")
    return Binding(output=ids)


def spread(x: ChannelTensor) -> Ids:
    """The ids at the tensor's full shape, unknown sizes being one.

    Raises:
        UncoveredError: When ids vary along an axis of unknown length.
    """
    for size, count in zip(x.full_shape, x.full_ids.shape, strict=True):
        if size is None and count > 1:
            raise UncoveredError("has channels on an axis of unknown length")
    return np.broadcast_to(x.full_ids, [size or 1 for size in x.full_shape])


@handles("Reshape")
def reshape(operation: Any, inputs: Inputs, channels: Channels) -> Binding:
    x = inputs[0]
    target = tuple(inputs.setting("newshape"))
    ids = spread(x).reshape(fitting(inputs.output_shapes[0], x.full_shape))
    check_unknown(x.full_shape, target)
    return Binding(
        output=relaid(x, ids).output,
        sizes={"newshape": shape_sizes(target, ids)},
    )


def fitting(shape: Shape, source: Shape) -> list[int]:
    """A target shape for an array whose unknown sizes were set to one."""
    count = math.prod(size or 1 for size in source)
    sizes = [size or 1 for size in shape]
    if math.prod(sizes) != count:
        raise UncoveredError("reshapes an axis of unknown length")
    return sizes


def check_unknown(source: Shape, target: Sequence[int]) -> None:
    """Refuses to guess where several unknown axes go."""
    if list(source).count(None) > 1 and -1 not in target:
        raise UncoveredError("reshapes several axes of unknown length")


@handles("Ravel")
def ravel(operation: Any, inputs: Inputs, channels: Channels) -> Binding:
    return relaid(inputs[0], spread(inputs[0]).reshape(-1))


@handles("Transpose")
def transpose(operation: Any, inputs: Inputs, channels: Channels) -> Binding:
    return relaid(inputs[0], np.transpose(inputs[0].full_ids, operation.axes))


@handles("Swapaxes")
def swapaxes(operation: Any, inputs: Inputs, channels: Channels) -> Binding:
    ids = inputs[0].full_ids
    return relaid(inputs[0], np.swapaxes(ids, operation.axis1, operation.axis2))


@handles("Moveaxis")
def moveaxis(operation: Any, inputs: Inputs, channels: Channels) -> Binding:
    ids = inputs[0].full_ids
    return relaid(
        inputs[0], np.moveaxis(ids, operation.source, operation.destination)
    )


@handles("ExpandDims")
def expand_dims(operation: Any, inputs: Inputs, channels: Channels) -> Binding:
    axis = operation.axis
    axes = tuple(axis) if isinstance(axis, (list, tuple)) else axis
    return relaid(inputs[0], np.expand_dims(inputs[0].full_ids, axes))


@handles("Squeeze")
def squeeze(operation: Any, inputs: Inputs, channels: Channels) -> Binding:
    x, axis = inputs[0], operation.axis
    if axis is None:
        axis = tuple(i for i, size in enumerate(x.full_shape) if size == 1)
    axes = tuple(axis) if isinstance(axis, (list, tuple)) else axis
    return relaid(x, np.squeeze(x.full_ids, axes))


@handles("Stack")
def stack(operation: Any, inputs: Inputs, channels: Channels) -> Binding:
    shape = np.broadcast_shapes(*(x.full_ids.shape for x in inputs))
    parts = [np.broadcast_to(x.full_ids, shape) for x in inputs]
    return relaid(inputs[0], np.stack(parts, axis=operation.axis))


@handles("Unstack")
def unstack(operation: Any, inputs: Inputs, channels: Channels) -> Binding:
    x = inputs[0]
    axis = operation.axis % len(x.full_shape)
    if x.full_ids.shape[axis] > 1:
        channels.freeze(x.full_ids, "is unstacked channel by channel")
    ids = np.moveaxis(x.full_ids, axis, 0)
    count = len(inputs.output_shapes)
    spread_out = np.broadcast_to(ids, (count, *ids.shape[1:]))
    return Binding(output=tuple(spread_out))


@handles("Tile")
def tile(operation: Any, inputs: Inputs, channels: Channels) -> Binding:
    x = inputs[0]
    repeats = operation.repeats
    repeats = (repeats,) if isinstance(repeats, int) else tuple(repeats)
    rank = max(len(repeats), x.full_ids.ndim)
    repeats = (1,) * (rank - len(repeats)) + repeats
    ids = x.full_ids.reshape((1,) * (rank - x.full_ids.ndim) + x.full_ids.shape)
    shape = (1,) * (rank - len(x.full_shape)) + x.full_shape
    counts = [
        number if ids.shape[axis] > 1 or shape[axis] == 1 else 1
        for axis, number in enumerate(repeats)
    ]
    return relaid(x, np.tile(ids, counts))


@handles("Repeat")
def repeat(operation: Any, inputs: Inputs, channels: Channels) -> Binding:
    x, axis = inputs[0], operation.axis
    if axis is None or not isinstance(operation.repeats, int):
        raise UncoveredError("repeats parts a different number of times")
    if x.full_ids.shape[axis] == 1:
        return Binding(output=x.full_ids)
    return relaid(x, np.repeat(x.full_ids, operation.repeats, axis=axis))


@handles("BroadcastTo")
def broadcast_to(operation: Any, inputs: Inputs, channels: Channels) -> Binding:
    target = tuple(inputs.setting("shape"))
    ids = inputs[0].full_ids
    ids = ids.reshape((1,) * (len(target) - ids.ndim) + ids.shape)
    return Binding(output=ids, sizes={"shape": shape_sizes(target, ids)})


@handles("Pad")
def pad(operation: Any, inputs: Inputs, channels: Channels) -> Binding:
    x = inputs[0]
    if len(inputs) > 1:
        raise UncoveredError("pads with a tensor")
    widths = [
        tuple(x)
        for x in np.broadcast_to(
            np.asarray(operation.pad_width), (len(x.full_shape), 2)
        ).tolist()
    ]
    along = [
        width if x.full_ids.shape[axis] > 1 else (0, 0)
        for axis, width in enumerate(widths)
    ]
    if any(map(any, along)) and operation.mode != "constant":
        raise UncoveredError("pads channels with copies of others")
    return relaid(x, np.pad(x.full_ids, along, constant_values=CONSTANT))


def _in_place(*names: str, move: Callable[[Ids, int], Ids] | None) -> None:
    @handles(*names)
    def along_axis(
        operation: Any, inputs: Inputs, channels: Channels
    ) -> Binding:
        ids = inputs[0].full_ids
        axis = operation.axis
        axes = range(ids.ndim) if axis is None else np.atleast_1d(axis)
        for one in axes:
            if ids.shape[one] == 1:
                continue
            if move is None:
                channels.freeze(ids, "works along the channels")
            else:
                ids = move(ids, int(one))
        return Binding(output=ids)


_in_place("Flip", move=np.flip)
_in_place(
    "Argsort", "Cumprod", "Cumsum", "Roll", "Sort", "Normalize", move=None
)
