"""Pooling, resizing and normalizing over positions."""

from tfprune.export.channels.binding import Binding
from tfprune.export.channels.handlers.fused import finished
from tfprune.export.channels.handlers.registry import handles
from tfprune.export.channels.step import Step
from tfprune.export.channels.value import Value
from tfprune.graph.binding import UncoveredError
from tfprune.graph.channels import Channels


@handles("AVERAGE_POOL_2D", "MAX_POOL_2D")
def pooling(step: Step, channels: Channels) -> Binding:
    x = images(step)
    return Binding([(x.ids, finished(step, x.range))])


@handles("BATCH_TO_SPACE_ND", "RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR")
def rearranging(step: Step, channels: Channels) -> Binding:
    x = images(step)
    return Binding([(x.ids, x.range.fitted(step.output))])


@handles("SPACE_TO_BATCH_ND")
def space_to_batch(step: Step, channels: Channels) -> Binding:
    x = images(step)
    # It may pad with zeros.
    return Binding([(x.ids, x.range.hull(0.0).fitted(step.output))])


def images(step: Step) -> Value:
    """The first input, with its channels on the last axis.

    Raises:
        UncoveredError: When they lie elsewhere.
    """
    x = step.value(0)
    if x.channel_axis not in (None, x.rank - 1):
        raise UncoveredError("its channels lie along its positions")
    return x
