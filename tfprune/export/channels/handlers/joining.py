"""Concatenation and stacking."""

import numpy as np

from tfprune.export.channels.binding import Binding, OperandAxis
from tfprune.export.channels.handlers.elementwise import merged, range_of
from tfprune.export.channels.handlers.fused import finished
from tfprune.export.channels.handlers.registry import handles
from tfprune.export.channels.operand import Operand
from tfprune.export.channels.ranges import Range
from tfprune.export.channels.step import Step
from tfprune.export.channels.value import Value
from tfprune.graph.binding import UncoveredError
from tfprune.graph.channels import CONSTANT, Channels, Ids


@handles("CONCATENATION")
def concatenation(step: Step, channels: Channels) -> Binding:
    rank = len(step.output.shape)
    axis = step.operator.options.axis % rank
    parts = [x for x in step.inputs if x is not None]
    along = {x.channel_axis for x in step.values} - {None}
    if not along <= {axis}:
        if axis in along:
            raise UncoveredError("joins channels that lie on different axes")
        return across(step, channels, axis)
    ids = np.concatenate([lengthened(x, axis, rank) for x in parts], axis)
    ids = ids if along else np.full((1,) * rank, CONSTANT)
    found = joined(parts, axis, rank).conformed(ids.shape)
    return Binding([(ids, finished(step, found))])


def across(step: Step, channels: Channels, axis: int) -> Binding:
    """Joins along an axis other than the channels'."""
    rank = len(step.output.shape)
    operands = [x for x in step.inputs if isinstance(x, Operand)]
    ids = merged(step.values, step.output.shape, channels)
    (channel_axis,) = [i for i, size in enumerate(ids.shape) if size > 1]
    axes = [
        OperandAxis(x.position, channel_axis, ids.ravel()) for x in operands
    ]
    if not all(x.is_readable for x in operands):
        raise UncoveredError("joins with a constant in blocks")
    parts = [x for x in step.inputs if x is not None]
    found = joined(parts, axis, rank).conformed(ids.shape)
    return Binding([(ids, finished(step, found))], axes=axes)


def lengthened(x: Value | Operand, axis: int, rank: int) -> Ids:
    """The ids of a part, one for each position of an axis."""
    shape = [1] * rank
    shape[axis] = x.shape[axis]
    ids = x.ids if isinstance(x, Value) else np.array(CONSTANT)
    return np.broadcast_to(ids, shape)


def joined(parts: list[Value | Operand], axis: int, rank: int) -> Range:
    """The ranges of parts, one after the other."""
    found = []
    for x in parts:
        one = range_of(x, rank)
        sizes = list(
            np.broadcast_shapes(
                one.lower.shape, one.upper.shape, one.constant.shape
            )
        )
        for other in range(rank):
            if other != axis:
                one = one.spread(sizes).reduced(other)
                sizes[other] = 1
        sizes[axis] = x.shape[axis]
        found.append(one.spread(sizes))
    return Range(
        *(
            np.concatenate([getattr(x, name) for x in found], axis)
            for name in ("lower", "upper", "constant")
        )
    )


@handles("PACK")
def stacking(step: Step, channels: Channels) -> Binding:
    rank = len(step.output.shape)
    axis = step.operator.options.axis % rank
    if len(step.values) != len(step.inputs):
        raise UncoveredError("stacks constants")
    values = step.values
    merged_ids = merged(values, values[0].shape, channels)
    ids = np.expand_dims(merged_ids, axis)
    ranges = [x.range.conformed(merged_ids.shape) for x in values]
    found = Range(
        np.minimum.reduce([x.lower for x in ranges]),
        np.maximum.reduce([x.upper for x in ranges]),
        np.logical_and.reduce([x.is_zero for x in ranges]),
    ).moved(lambda array: np.expand_dims(array, axis))
    return Binding([(ids, found.fitted(step.output))])


@handles("UNPACK")
def unstacking(step: Step, channels: Channels) -> Binding:
    x = step.value(0)
    axis = step.operator.options.axis % x.rank
    if x.channel_axis == axis:
        raise UncoveredError("takes channels apart by their number")
    ids = x.ids.squeeze(axis)
    found = x.range.conformed(x.ids.shape).moved(lambda a: a.squeeze(axis))
    return Binding([(ids, found) for _ in step.operator.outputs])
