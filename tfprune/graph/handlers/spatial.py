"""Pooling, padding, cropping and up-sampling: channels stay, places change."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import layers

from tfprune.graph.binding import Binding, Constants, Weights
from tfprune.graph.channels import Channels, ChannelTensor
from tfprune.graph.handlers.axes import channel_axis, on_axis
from tfprune.graph.handlers.constants import same
from tfprune.graph.handlers.registry import handles


@handles(
    layers.MaxPooling1D,
    layers.MaxPooling2D,
    layers.MaxPooling3D,
    layers.AveragePooling1D,
    layers.AveragePooling2D,
    layers.AveragePooling3D,
    layers.AdaptiveAveragePooling1D,
    layers.AdaptiveAveragePooling2D,
    layers.AdaptiveAveragePooling3D,
    layers.AdaptiveMaxPooling1D,
    layers.AdaptiveMaxPooling2D,
    layers.AdaptiveMaxPooling3D,
    layers.UpSampling2D,
    layers.UpSampling3D,
    layers.Cropping2D,
    layers.Cropping3D,
)
def resampling(
    layer: Any, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    x, axis = inputs[0], channel_axis(layer)
    ids = channels.along(x, axis)
    return Binding(output=on_axis(ids, axis, x.rank), constants=same)


@handles(layers.UpSampling1D, layers.Cropping1D)
def resampling_of_steps(
    layer: Any, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    ids = channels.along(inputs[0], -1)
    return Binding(output=on_axis(ids, -1, inputs[0].rank), constants=same)


def zero_padded(inputs: Sequence[Constants], weights: Weights) -> Constants:
    """Only a channel of zeros stays constant beside a border of zeros."""
    x = inputs[0]
    return Constants(x.known & (x.values == 0), np.zeros_like(x.values))


@handles(layers.ZeroPadding2D, layers.ZeroPadding3D)
def zero_padding(
    layer: Any, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    x, axis = inputs[0], channel_axis(layer)
    ids = channels.along(x, axis)
    return Binding(output=on_axis(ids, axis, x.rank), constants=zero_padded)


@handles(layers.ZeroPadding1D)
def zero_padding_of_steps(
    layer: Any, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    axis = channel_axis(layer)
    ids = channels.along(inputs[0], axis)
    return Binding(
        output=on_axis(ids, axis, inputs[0].rank), constants=zero_padded
    )


@handles(
    layers.GlobalAveragePooling1D,
    layers.GlobalAveragePooling2D,
    layers.GlobalAveragePooling3D,
    layers.GlobalMaxPooling1D,
    layers.GlobalMaxPooling2D,
    layers.GlobalMaxPooling3D,
)
def global_pooling(
    layer: Any, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    x, axis = inputs[0], channel_axis(layer)
    ids = channels.along(x, axis)
    rank = x.rank if layer.keepdims else 1

    def flow(constants: Sequence[Constants], weights: Weights) -> Constants:
        known, values = constants[0].known, constants[0].values
        if known.size != known.shape[axis]:
            return Constants.unknown((1,) * rank)
        shape = [1] * rank
        shape[axis] = known.size
        return Constants(known.reshape(shape), values.reshape(shape))

    return Binding(output=on_axis(ids, axis, rank), constants=flow)
