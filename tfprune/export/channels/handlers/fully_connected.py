"""Dense layers, and products with a constant matrix."""

import numpy as np

from tfprune.export.channels.binding import Binding
from tfprune.export.channels.handlers.convolution import bound
from tfprune.export.channels.handlers.last_axis import along_last
from tfprune.export.channels.handlers.registry import handles
from tfprune.export.channels.handlers.weighing import WeightedSum
from tfprune.export.channels.operand import Operand
from tfprune.export.channels.ranges import Range
from tfprune.export.channels.step import Step
from tfprune.graph.binding import UncoveredError
from tfprune.graph.channels import Channels

MATRIX = 2


@handles("FULLY_CONNECTED")
def fully_connected(step: Step, channels: Channels) -> Binding:
    x, weights = step.value(0), step.weights(1)
    if step.operator.options.weightsFormat:
        raise UncoveredError("its weights are stored in shuffled order")
    count, depth = weights.shape
    rows = channels.new(count)
    ids, bounds = along_last(x, channels, depth)
    found = WeightedSum(step, x, ids, bounds, weights, (0, 1), rows, 2, False)
    return bound(step, found, (0, 1))


@handles("BATCH_MATMUL")
def matrix_product(step: Step, channels: Channels) -> Binding:
    if not isinstance(step.inputs[1], Operand):
        return product_of_values(step, channels)
    x, weights = step.value(0), step.weights(1)
    options = step.operator.options
    if options.adjX or len(weights.shape) != MATRIX:
        raise UncoveredError("multiplies several matrices")
    layout = (0, 1) if options.adjY else (1, 0)
    rows = channels.new(weights.shape[layout[0]])
    ids, bounds = along_last(x, channels)
    found = WeightedSum(
        step, x, ids, bounds, weights, layout, rows, None, False
    )
    return bound(step, found, layout)


def product_of_values(step: Step, channels: Channels) -> Binding:
    """A product of two computed matrices.

    What is summed over stays; the columns of the right one, or the rows of
    the left one, come out as they went in.
    """
    left, right = step.value(0), step.value(1)
    options = step.operator.options
    rank = len(step.output.shape)
    outer = (
        (left, -1 if options.adjX else -2, -2),
        (right, -2 if options.adjY else -1, -1),
    )
    passing = [
        (x, to)
        for x, axis, to in outer
        if x.channel_axis is not None and x.channel_axis == x.rank + axis
    ]
    if len(passing) == 1:
        ((x, to),) = passing
        other = right if x is left else left
        channels.freeze(other.ids, "is summed over without weights")
        shape = [1] * rank
        shape[to] = x.ids.size
        zero = x.range.conformed(x.ids.shape).is_zero.reshape(shape)
        found = Range(
            np.where(zero, 0.0, -np.inf), np.where(zero, 0.0, np.inf), zero
        )
        return Binding([(x.ids.reshape(shape), found.fitted(step.output))])
    raise UncoveredError("multiplies computed values with each other")
