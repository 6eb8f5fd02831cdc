"""Operators that move numbers and change none."""

import numpy as np

from tfprune.export.channels.binding import Binding, Kept
from tfprune.export.channels.handlers.registry import handles
from tfprune.export.channels.ranges import Range
from tfprune.export.channels.step import Step
from tfprune.export.channels.value import Value
from tfprune.graph.binding import UncoveredError
from tfprune.graph.channels import CONSTANT, Channels, Ids
from tfprune.graph.layout import rectangular


@handles("RESHAPE")
def reshaping(step: Step, channels: Channels) -> Binding:
    x, operator = step.value(0), step.operator
    binding = reshaped(step, x, channels)
    ids, _ = binding.outputs[0]
    axis = next((i for i, size in enumerate(ids.shape) if size > 1), None)
    if axis is None:
        return binding
    wanted = step.operand(1) if len(step.inputs) > 1 else None

    def rewrite(kept: Kept) -> dict[int, list[int]]:
        count = int(kept(ids.ravel()).sum())

        def resized(sizes: list[int]) -> list[int]:
            return [
                count if i == axis and size != -1 else size
                for i, size in enumerate(sizes)
            ]

        options = operator.options
        if options is not None and options.newShape is not None:
            options.newShape = resized([int(i) for i in options.newShape])
        return {} if wanted is None else {1: resized(wanted.integers())}

    return Binding(binding.outputs, rewrite=rewrite)


@handles("EXPAND_DIMS", "SQUEEZE")
def reranking(step: Step, channels: Channels) -> Binding:
    options = step.operator.options
    named = step.operator.name != "SQUEEZE" or (
        options is not None and options.squeezeDims is not None
    )
    if not named and step.value(0).channel_axis is not None:
        raise UncoveredError("leaves out every axis of size 1")
    return reshaped(step, step.value(0), channels)


def reshaped(step: Step, x: Value, channels: Channels) -> Binding:
    """The same numbers, in the same order, in the shape of the output."""
    shape = step.output.shape
    if x.channel_axis is None and x.range.constant.size == 1:
        rank = len(shape)
        ids = np.full((1,) * rank, CONSTANT)
        found = x.range.moved(lambda array: array.reshape((1,) * rank))
        return Binding([(ids, found)])
    ids = rectangular(channels, x.spread(x.ids).reshape(shape))
    bounds = x.range.moved(lambda array: x.spread(array).reshape(shape))
    return Binding([(ids, bounds.conformed(ids.shape))])


@handles("TRANSPOSE")
def transposing(step: Step, channels: Channels) -> Binding:
    x, order = step.value(0), step.weights(1).integers()

    def move(array: np.ndarray) -> np.ndarray:
        return np.transpose(array, order)

    return Binding([(move(x.ids), x.range.moved(move))])


@handles("SPACE_TO_DEPTH")
def space_to_depth(step: Step, channels: Channels) -> Binding:
    x = step.value(0)
    if x.channel_axis not in (None, x.rank - 1):
        raise UncoveredError("its channels lie along its positions")
    count = step.operator.options.blockSize**2
    if x.ids.shape[-1] > 1 and x.shape[-1] * count != step.output.shape[-1]:
        raise UncoveredError("its blocks do not fit its output")

    def move(array: np.ndarray) -> np.ndarray:
        return np.tile(array, count) if array.shape[-1] > 1 else array

    return Binding([(move(x.ids), x.range.moved(move))])


@handles("DEPTH_TO_SPACE")
def depth_to_space(step: Step, channels: Channels) -> Binding:
    x = step.value(0)
    if x.channel_axis is None:
        return Binding([(x.ids, Range.unknown(x.rank))])
    if x.channel_axis != x.rank - 1:
        raise UncoveredError("its channels lie along its positions")
    blocks = x.ids.reshape(step.operator.options.blockSize**2, -1)
    channels.tie(blocks, np.broadcast_to(blocks[:1], blocks.shape))
    ids: Ids = blocks[0].reshape(1, 1, 1, -1)
    return Binding([(ids, Range.unknown(x.rank))])


@handles("PAD", "PADV2", "MIRROR_PAD")
def padding(step: Step, channels: Channels) -> Binding:
    x = step.value(0)
    widths = np.array(step.weights(1).integers()).reshape(-1, 2)
    found = x.range.conformed(x.ids.shape)
    axis, name = x.channel_axis, step.operator.name
    value = 0.0
    if name == "PADV2":
        value = float(step.weights(2).real.ravel()[0])
    around = [
        tuple(map(int, widths[i])) if i == axis else (0, 0)
        for i in range(x.rank)
    ]
    elsewhere = np.delete(widths, axis, 0) if axis is not None else widths
    if name != "MIRROR_PAD" and elsewhere.any():
        found = found.hull(value)
    ids = x.ids
    if axis is not None and any(around[axis]):
        if name == "MIRROR_PAD":
            raise UncoveredError("mirrors its channels")
        if x.ids.size + sum(map(sum, around)) != step.output.shape[axis]:
            raise UncoveredError("its widths do not fit its output")
        ids = np.pad(ids, around, constant_values=CONSTANT)
        found = Range(
            np.pad(found.lower, around, constant_values=value),
            np.pad(found.upper, around, constant_values=value),
            np.pad(found.constant, around, constant_values=True),
        )
    return Binding([(ids, found.fitted(step.output))])
