"""Convolutions that treat each channel by itself."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import layers

from tfprune.graph.binding import (
    Absorption,
    Binding,
    Constants,
    WeightAxis,
    Weights,
)
from tfprune.graph.channels import Channels, ChannelTensor
from tfprune.graph.handlers.activation import activate
from tfprune.graph.handlers.axes import (
    channel_axis,
    on_axis,
    output_positions,
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


def filtered(x: Constants, kernel: np.ndarray, exact: bool) -> Constants:
    """Constants of a depthwise sum, before the bias.

    Args:
        x: Constants of the inputs, shape `(channels,)`.
        kernel: Weights, shape `(..., channels, multiplier)`.
        exact: Whether constants survive the borders.

    Returns:
        Constants of shape `(channels * multiplier,)`.
    """
    flat = kernel.reshape(-1, *kernel.shape[-2:])
    usable = x.known & (exact | (x.values == 0))
    known = (flat == 0).all(axis=0) | usable[:, None]
    values = flat.sum(axis=0) * np.where(usable, x.values, 0.0)[:, None]
    return Constants.where(known.ravel(), values.ravel())


@handles(layers.DepthwiseConv1D, layers.DepthwiseConv2D)
def depthwise_convolution(
    layer: Any, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    x, axis = inputs[0], channel_axis(layer)
    sources = channels.along(x, axis)
    outputs = np.repeat(sources, layer.depth_multiplier)

    def flow(constants: Sequence[Constants], weights: Weights) -> Constants:
        known = per_channel(constants[0], axis, weights["kernel"].shape[-2])
        y = biased(filtered(known, weights["kernel"], unpadded(layer)), weights)
        return on(activate_constants(layer.activation, y), axis, x.rank)

    return Binding(
        output=on_axis(
            activate(channels, layer.activation, outputs), axis, x.rank
        ),
        axes=(
            WeightAxis("kernel", -2, sources, "out"),
            WeightAxis("bias", 0, outputs, "out"),
        ),
        macs={"kernel": output_positions(layer, x, axis)},
        constants=flow,
    )


@handles(layers.SeparableConv1D, layers.SeparableConv2D)
def separable_convolution(
    layer: Any, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    x, axis = inputs[0], channel_axis(layer)
    sources = channels.along(x, axis)
    middle = np.repeat(sources, layer.depth_multiplier)
    filters = channels.new(layer.filters)
    count = output_positions(layer, x, axis)

    def flow(constants: Sequence[Constants], weights: Weights) -> Constants:
        depthwise = weights["depthwise_kernel"]
        known = per_channel(constants[0], axis, depthwise.shape[-2])
        between = filtered(known, depthwise, unpadded(layer))
        pointwise = summed(between, weights["pointwise_kernel"], 1, True)
        y = activate_constants(layer.activation, biased(pointwise, weights))
        return on(y, axis, x.rank)

    def absorbed(values: np.ndarray, weights: Weights) -> np.ndarray:
        depthwise = weights["depthwise_kernel"]
        flat = depthwise.reshape(-1, *depthwise.shape[-2:]).sum(axis=0)
        between = (flat * values[:, None]).ravel()
        return shift(between, weights["pointwise_kernel"])

    return Binding(
        output=on_axis(
            activate(channels, layer.activation, filters), axis, x.rank
        ),
        axes=(
            WeightAxis("depthwise_kernel", -2, sources, "in"),
            WeightAxis("pointwise_kernel", -2, middle, "in"),
            WeightAxis("pointwise_kernel", -1, filters, "out"),
            WeightAxis("bias", 0, filters, "out"),
        ),
        sizes={"filters": filters},
        macs={"depthwise_kernel": count, "pointwise_kernel": count},
        constants=flow,
        absorption=Absorption(absorbed, axis=axis, exact=unpadded(layer)),
        chained=True,
    )
