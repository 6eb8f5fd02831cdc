"""Parts of tensors."""

from collections.abc import Sequence

import numpy as np

from tfprune.export.channels.binding import (
    Binding,
    Kept,
    OperandAxis,
    Rewrite,
)
from tfprune.export.channels.handlers.registry import handles
from tfprune.export.channels.operand import Operand
from tfprune.export.channels.ranges import Range
from tfprune.export.channels.step import Step
from tfprune.export.channels.value import Value
from tfprune.export.flatbuffer.schema import schema
from tfprune.graph.binding import UncoveredError
from tfprune.graph.channels import Channels, Ids

TABLE_RANK = 2


@handles("SPLIT")
def equal_parts(step: Step, channels: Channels) -> Binding:
    x, operator = step.value(1), step.operator
    (axis,) = step.weights(0).integers()
    pieces = cut(step, x, axis % x.rank)

    def rewrite(kept: Kept) -> dict[int, list[int]]:
        sizes = [int(kept(piece.ravel()).sum()) for piece, _ in pieces]
        if len(set(sizes)) == 1:
            return {}
        operator.name = "SPLIT_V"
        operator.version = 1 if x.tensor.dtype == "FLOAT32" else 2
        operator.options_type = schema.BuiltinOptions.SplitVOptions
        operator.options = schema.SplitVOptionsT(numSplits=len(sizes))
        operator.inputs = [x.tensor, None, operator.inputs[0]]
        return {1: sizes}

    return Binding(
        pieces, rewrite=rewrite if x.channel_axis == axis % x.rank else None
    )


@handles("SPLIT_V")
def parts_of_sizes(step: Step, channels: Channels) -> Binding:
    x = step.value(0)
    step.weights(1)
    (axis,) = step.weights(2).integers()
    pieces = cut(step, x, axis % x.rank)

    def rewrite(kept: Kept) -> dict[int, list[int]]:
        return {1: [int(kept(piece.ravel()).sum()) for piece, _ in pieces]}

    return Binding(
        pieces, rewrite=rewrite if x.channel_axis == axis % x.rank else None
    )


def cut(step: Step, x: Value, axis: int) -> list[tuple[Ids, Range]]:
    """The ids and the range of each piece of a value."""
    outputs = step.operator.outputs
    found = x.range.conformed(x.ids.shape)
    if x.channel_axis != axis:
        return [(x.ids, found.fitted(y)) for y in outputs]
    ends = np.cumsum([y.shape[axis] for y in outputs])
    pieces = []
    for y, end in zip(outputs, ends, strict=True):
        chosen = np.arange(end - y.shape[axis], end)

        def move(array: np.ndarray, chosen: np.ndarray = chosen) -> np.ndarray:
            return np.take(array, chosen, axis)

        pieces.append((move(x.ids), found.moved(move).fitted(y)))
    return pieces


@handles("SLICE")
def slicing(step: Step, channels: Channels) -> Binding:
    x = step.value(0)
    begin, size = (step.weights(i).integers() for i in (1, 2))
    axis = x.channel_axis
    found = x.range.conformed(x.ids.shape)
    if axis is None:
        return Binding([(x.ids, found.fitted(step.output))])
    end = x.shape[axis] if size[axis] < 0 else begin[axis] + size[axis]
    if end - begin[axis] != step.output.shape[axis]:
        raise UncoveredError("its sizes do not fit its output")
    chosen = np.arange(begin[axis], end)
    ids = np.take(x.ids, chosen, axis)

    def rewrite(kept: Kept) -> dict[int, list[int]]:
        stays = kept(x.ids.ravel())
        first, count = stays[: chosen[0]].sum(), stays[chosen].sum()
        return {
            1: replaced(begin, axis, int(first)),
            2: replaced(size, axis, int(count)),
        }

    found = found.moved(lambda array: np.take(array, chosen, axis))
    return Binding([(ids, found.fitted(step.output))], rewrite=rewrite)


def replaced(numbers: Sequence[int], axis: int, number: int) -> list[int]:
    """A list with one entry replaced."""
    return [number if i == axis else old for i, old in enumerate(numbers)]


@handles("STRIDED_SLICE")
def strided_slice(step: Step, channels: Channels) -> Binding:
    x, options = step.value(0), step.operator.options
    begin, end, strides = (step.weights(i).integers() for i in (1, 2, 3))
    if options.ellipsisMask or options.newAxisMask or options.offset:
        raise UncoveredError("slices with an ellipsis, a new axis or offsets")
    shrunk = [bool(options.shrinkAxisMask >> i & 1) for i in range(x.rank)]
    axis = x.channel_axis
    found = x.range.conformed(x.ids.shape)
    rewrite: Rewrite | None = None
    ids = x.ids
    if axis is not None:
        if shrunk[axis] or strides[axis] != 1:
            raise UncoveredError("picks channels by their numbers")
        first = None if options.beginMask >> axis & 1 else begin[axis]
        last = None if options.endMask >> axis & 1 else end[axis]
        chosen = np.arange(x.shape[axis])[slice(first, last)]
        ids = np.take(ids, chosen, axis)
        found = found.moved(lambda array: np.take(array, chosen, axis))

        def rewrite_ends(kept: Kept) -> dict[int, list[int]]:
            stays = kept(x.ids.ravel())
            start = int(stays[: chosen[0]].sum())
            stop = start + int(stays[chosen].sum())
            return {
                1: replaced(begin, axis, start),
                2: replaced(end, axis, stop),
            }

        rewrite = rewrite_ends
    gone = tuple(i for i, flag in enumerate(shrunk) if flag)
    return Binding(
        [
            (
                ids.squeeze(gone),
                found.moved(lambda array: array.squeeze(gone)).fitted(
                    step.output
                ),
            )
        ],
        rewrite=rewrite,
    )


@handles("GATHER")
def gathering(step: Step, channels: Channels) -> Binding:
    options = step.operator.options
    if options.batchDims:
        raise UncoveredError("gathers from each example by itself")
    if isinstance(step.inputs[0], Operand):
        return looked_up(step, step.weights(0), options.axis, channels)
    x, chosen = step.value(0), step.inputs[1]
    axis = options.axis % x.rank
    found = x.range.conformed(x.ids.shape)
    extra = len(step.output.shape) - x.rank + 1
    if x.channel_axis != axis:

        def widened(array: np.ndarray) -> np.ndarray:
            sizes = array.shape
            return array.reshape(
                *sizes[:axis], *[1] * extra, *sizes[axis + 1 :]
            )

        outcome = found.moved(widened).fitted(step.output)
        return Binding([(widened(x.ids), outcome)])
    if not isinstance(chosen, Operand) or extra != 1:
        raise UncoveredError("gathers channels by computed numbers")
    places = np.array(step.weights(1).integers())

    def rewrite(kept: Kept) -> dict[int, list[int]]:
        stays = kept(x.ids.ravel())
        new = np.cumsum(stays) - 1
        return {1: [int(new[i]) for i in places if stays[i]]}

    found = found.moved(lambda array: np.take(array, places, axis))
    ids = np.take(x.ids, places, axis)
    return Binding([(ids, found.fitted(step.output))], rewrite=rewrite)


def looked_up(
    step: Step, table: Operand, axis: int, channels: Channels
) -> Binding:
    """Rows of a constant table, chosen by computed numbers."""
    rank = len(step.output.shape)
    if axis % len(table.shape) or len(table.shape) != TABLE_RANK:
        raise UncoveredError("looks up other things than rows of a table")
    ids = channels.new(table.shape[1])
    numbers = table.real
    lower, upper = numbers.min(axis=0), numbers.max(axis=0)
    shape = (1,) * (rank - 1) + lower.shape
    found = Range(
        lower.reshape(shape),
        upper.reshape(shape),
        (lower == upper).reshape(shape),
    )
    return Binding(
        [(ids.reshape(shape), found.fitted(step.output))],
        axes=[OperandAxis(table.position, 1, ids)],
    )


@handles("TILE")
def repeating(step: Step, channels: Channels) -> Binding:
    x = step.value(0)
    shape = step.output.shape
    if x.channel_axis is not None:
        axis = x.channel_axis + len(shape) - x.rank
        if shape[axis] != x.shape[x.channel_axis]:
            raise UncoveredError("repeats its channels")
    rank = len(shape)
    wide = (1,) * (rank - x.rank)
    ids = x.ids.reshape(wide + x.ids.shape)
    found = x.range.conformed(x.ids.shape)
    found = found.moved(lambda array: array.reshape(wide + array.shape))
    return Binding([(ids, found.fitted(step.output))])
