"""Operations of `keras.ops` that take parts of a tensor."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tfprune.graph.binding import (
    Binding,
    Rewriting,
    UncoveredError,
    WeightAxis,
)
from tfprune.graph.channels import Channels, ChannelTensor, Ids
from tfprune.graph.handlers.merging import read_operand
from tfprune.graph.handlers.registry import handles
from tfprune.graph.inputs import Inputs
from tfprune.graph.layout import compressed
from tfprune.graph.operand import Operand

Count = Callable[[Ids], int]


def row(ids: Ids, axis: int) -> Ids:
    """The ids along an axis, which is the only one that they vary along."""
    return np.moveaxis(ids, axis, -1).reshape(-1, ids.shape[axis])[0]


@handles("Split")
def split(operation: Any, inputs: Inputs, channels: Channels) -> Binding:
    x = inputs[0]
    axis = operation.axis % len(x.full_shape)
    count = len(inputs.output_shapes)
    if x.full_ids.shape[axis] == 1:
        return Binding(output=tuple(x.full_ids for _ in range(count)))
    sizes = [shape[axis] or 1 for shape in inputs.output_shapes]
    ends = np.cumsum(sizes)[:-1].tolist()
    along = row(x.full_ids, axis)
    equal = isinstance(operation.indices_or_sections, int)
    return Binding(
        output=tuple(np.split(x.full_ids, ends, axis=axis)),
        alike=tuple(np.split(along, ends)) if equal else (),
        sizes={"indices_or_sections": tuple(along[:end] for end in ends)},
    )


@handles("GetItem")
def get_item(operation: Any, inputs: Inputs, channels: Channels) -> Binding:
    x = inputs[0]
    if len(inputs) > 1:
        raise UncoveredError("is indexed by a tensor")
    key = expanded(inputs.arguments["key"], len(x.full_shape))
    ids = x.full_ids
    counted: list[Ids] = []
    indexed: list[Ids] = []
    new: list[Any] = []
    index: list[Any] = []
    axis = 0
    for part in key:
        if part is None:
            index.append(None)
            new.append(None)
            continue
        if ids.shape[axis] == 1:
            index.append(0 if isinstance(part, int) else slice(None))
            new.append(part)
        else:
            along = row(ids, axis)
            index.append(part)
            rewritten, used = kept_part(part, along, channels)
            new.append(rewritten)
            counted += used
            indexed += [along] if used else []
        axis += 1
    result = ids[tuple(index)]
    return Binding(
        output=compressed(result),
        rewriting=(
            Rewriting(tuple(counted), _new_key(new), tuple(indexed))
            if counted
            else None
        ),
    )


def expanded(key: Any, rank: int) -> list[Any]:
    """An index with one entry an axis, and None where an axis is new."""
    parts = list(key) if isinstance(key, (tuple, list)) else [key]
    if any(
        not (x is None or x is Ellipsis or isinstance(x, (int, slice)))
        for x in parts
    ):
        raise UncoveredError("is indexed by something else than slices")
    used = sum(x is not None and x is not Ellipsis for x in parts)
    rest = [slice(None)] * (rank - used)
    if Ellipsis not in parts:
        return parts + rest
    place = parts.index(Ellipsis)
    return parts[:place] + rest + parts[place + 1 :]


def kept_part(
    part: int | slice, along: Ids, channels: Channels
) -> tuple[Any, list[Ids]]:
    """How an index into channels changes.

    Args:
        part: The index along the axis.
        along: The ids along the axis.
        channels: The ids' owner.

    Returns:
        A function from a count to the new index, or the index itself; and
        what it takes, of which something must stay.
    """
    if isinstance(part, int):
        position = part % len(along)
        before = along[:position]
        picked = along[[position]]
        channels.freeze(picked, "is picked by its position")
        return (lambda count: count(before)), [picked]
    start, stop, step = part.indices(len(along))
    if (start, stop, step) == (0, len(along), 1):
        return part, []
    if step != 1:
        raise UncoveredError("takes every other channel")
    head, whole = along[:start], along[:stop]
    return (lambda count: slice(count(head), count(whole))), [along[start:stop]]


def _new_key(
    parts: list[Any],
) -> Callable[[Count], Mapping[int | str, Any]]:
    def make(count: Count) -> Mapping[int | str, Any]:
        key = tuple(x(count) if callable(x) else x for x in parts)
        return {1: key, "key": key}

    return make


@handles("Take", operands=True)
def take(operation: Any, inputs: Inputs, channels: Channels) -> Binding:
    x, axes = source(inputs.arguments["x"], channels)
    indices = inputs.arguments["indices"]
    if operation.axis is None:
        raise UncoveredError("takes from a flattened tensor")
    axis = operation.axis % len(x.full_shape)
    places = (
        np.ndim(indices)
        if not isinstance(indices, ChannelTensor)
        else (len(indices.full_shape))
    )
    if x.full_ids.shape[axis] == 1:
        shape = list(x.full_ids.shape)
        shape[axis : axis + 1] = [1] * places
        return Binding(output=x.full_ids.reshape(shape), axes=axes)
    if isinstance(indices, ChannelTensor) and not isinstance(indices, Operand):
        raise UncoveredError("takes channels by numbers that are computed")
    if isinstance(indices, Operand):
        indices = indices.holder
    chosen = np.asarray(indices) % x.full_ids.shape[axis]
    along = row(x.full_ids, axis)

    def make(count: Count) -> Mapping[int | str, Any]:
        kept = [p for p in chosen.ravel().tolist() if count(along[[p]])]
        new = np.array([count(along[:p]) for p in kept], dtype="int32")
        return {1: new, "indices": new}

    if chosen.ndim != 1:
        raise UncoveredError("takes channels by a table of numbers")
    return Binding(
        output=np.take(x.full_ids, chosen, axis=axis),
        axes=axes,
        rewriting=Rewriting((along[chosen],), make, (along,)),
    )


def source(
    x: ChannelTensor, channels: Channels
) -> tuple[ChannelTensor, tuple[WeightAxis, ...]]:
    """A tensor to take from; a weight has its channels on its last axis."""
    if not isinstance(x, Operand):
        return x, ()
    ids, axes = read_operand(x, channels)
    return ChannelTensor(ids, x.full_shape), tuple(axes)
