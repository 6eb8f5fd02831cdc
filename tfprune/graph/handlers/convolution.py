"""Convolutions and their transposes, with groups."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import layers

from tfprune.graph.binding import (
    Absorption,
    Binding,
    Constants,
    Flow,
    WeightAxis,
    Weights,
)
from tfprune.graph.channels import Channels, ChannelTensor
from tfprune.graph.handlers.activation import activate
from tfprune.graph.handlers.axes import (
    channel_axis,
    on_axis,
    output_positions,
    positions,
)
from tfprune.graph.handlers.constants import (
    activate_constants,
    biased,
    on,
    per_channel,
    shift,
    summed,
    unpadded,
)
from tfprune.graph.handlers.registry import handles


@handles(layers.Conv1D, layers.Conv2D, layers.Conv3D)
def convolution(
    layer: Any, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    x, axis = inputs[0], channel_axis(layer)
    sources = channels.along(x, axis)
    groups, rank = layer.groups, x.rank
    width = len(sources) // groups
    sizes = {}
    if groups == len(sources) and groups > 1:
        # One input channel a group: whole groups can go.
        filters = np.repeat(sources, layer.filters // groups)
        sizes["groups"] = sources
        kernel_in: tuple[WeightAxis, ...] = ()
    else:
        # What goes in one group goes in all, so that they stay equal.
        filters = np.tile(channels.new(layer.filters // groups), groups)
        shared = sources.reshape(groups, width)
        channels.tie(shared, np.broadcast_to(shared[:1], shared.shape))
        kernel_in = (WeightAxis("kernel", -2, shared[0], "in"),)
    sizes["filters"] = filters
    out = activate(channels, layer.activation, filters)
    return Binding(
        output=on_axis(out, axis, rank),
        axes=(
            *kernel_in,
            WeightAxis("kernel", -1, filters, "out"),
            WeightAxis("bias", 0, filters, "out"),
        ),
        sizes=sizes,
        macs={"kernel": output_positions(layer, x, axis)},
        constants=convolution_flow(layer, axis, rank),
        absorption=Absorption(
            lambda values, weights: shift(values, weights["kernel"], groups),
            axis=axis,
            exact=unpadded(layer),
        ),
    )


def convolution_flow(layer: Any, axis: int, rank: int) -> Flow:
    """Constants through a convolution, its bias and its activation."""

    def flow(inputs: Sequence[Constants], weights: Weights) -> Constants:
        kernel, groups = weights["kernel"], layer.groups
        x = per_channel(inputs[0], axis, kernel.shape[-2] * groups)
        y = biased(summed(x, kernel, groups, unpadded(layer)), weights)
        return on(activate_constants(layer.activation, y), axis, rank)

    return flow


@handles(layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose)
def convolution_transpose(
    layer: Any, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    x, axis = inputs[0], channel_axis(layer)
    filters = channels.new(layer.filters)

    def flow(constants: Sequence[Constants], weights: Weights) -> Constants:
        kernel = np.swapaxes(weights["kernel"], -1, -2)
        known = per_channel(constants[0], axis, kernel.shape[-2])
        y = biased(summed(known, kernel, 1, exact=False), weights)
        return on(activate_constants(layer.activation, y), axis, x.rank)

    return Binding(
        output=on_axis(
            activate(channels, layer.activation, filters), axis, x.rank
        ),
        axes=(
            WeightAxis("kernel", -1, channels.along(x, axis), "in"),
            WeightAxis("kernel", -2, filters, "out"),
            WeightAxis("bias", 0, filters, "out"),
        ),
        sizes={"filters": filters},
        macs={"kernel": positions(x.shape, axis)},
        constants=flow,
    )
