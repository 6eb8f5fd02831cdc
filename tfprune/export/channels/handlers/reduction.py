"""Sums, means and extremes over axes; what mixes all positions of one."""

import numpy as np

from tfprune.export.channels.binding import Binding
from tfprune.export.channels.handlers.registry import handles
from tfprune.export.channels.ranges import Range
from tfprune.export.channels.step import Step
from tfprune.graph.binding import UncoveredError
from tfprune.graph.channels import Channels

SAME_BOUNDS = frozenset({"MEAN", "REDUCE_MAX", "REDUCE_MIN"})


@handles(
    "MEAN",
    "REDUCE_ALL",
    "REDUCE_ANY",
    "REDUCE_MAX",
    "REDUCE_MIN",
    "REDUCE_PROD",
    "SUM",
)
def reduction(step: Step, channels: Channels) -> Binding:
    x = step.value(0)
    axes = {axis % x.rank for axis in step.weights(1).integers()}
    if x.channel_axis in axes:
        raise UncoveredError("combines all channels with each other")
    keep = bool(step.operator.options.keepDims)
    kept = tuple(
        1 if axis in axes else size
        for axis, size in enumerate(x.ids.shape)
        if keep or axis not in axes
    )

    def move(array: np.ndarray) -> np.ndarray:
        return array.reshape(kept)

    found = x.range.conformed(x.ids.shape)
    if step.operator.name == "SUM":
        terms = int(np.prod([x.shape[axis] for axis in axes]))
        found = Range(found.lower * terms, found.upper * terms, found.constant)
    elif step.operator.name not in SAME_BOUNDS:
        found = found.somewhere()
    return Binding([(move(x.ids), found.moved(move).fitted(step.output))])


@handles("L2_NORMALIZATION", "LOG_SOFTMAX", "SOFTMAX")
def normalization(step: Step, channels: Channels) -> Binding:
    x = step.value(0)
    if x.channel_axis == x.rank - 1:
        raise UncoveredError("weighs all channels against each other")
    # Equal numbers get equal shares.
    return Binding([(x.ids, x.range.somewhere().fitted(step.output))])


@handles("ARG_MAX", "ARG_MIN")
def position_of_extreme(step: Step, channels: Channels) -> Binding:
    x = step.value(0)
    (axis,) = step.weights(1).integers()
    if x.channel_axis is not None:
        raise UncoveredError("finds a channel by its number")
    ids = x.ids.reshape(x.ids.shape[:-1])
    return Binding([(ids, Range.unknown(x.rank - 1))])
