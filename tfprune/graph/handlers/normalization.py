"""Batch normalization, and the fixed scalings of inputs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import layers

from tfprune.graph.binding import Binding, Constants, WeightAxis, Weights
from tfprune.graph.channels import Channels, ChannelTensor
from tfprune.graph.handlers.axes import without_batch
from tfprune.graph.handlers.constants import mapped, on, per_channel
from tfprune.graph.handlers.registry import handles

STATISTICS = ("gamma", "beta", "moving_mean", "moving_variance")


@handles(layers.BatchNormalization)
def batch_normalization(
    layer: layers.BatchNormalization,
    inputs: Sequence[ChannelTensor],
    channels: Channels,
) -> Binding:
    x = inputs[0]
    axis = without_batch(layer.axis, x.rank)
    ids = channels.along(x, axis)

    def flow(constants: Sequence[Constants], weights: Weights) -> Constants:
        mean = weights["moving_mean"]
        known = per_channel(constants[0], axis, len(mean))
        scale = np.asarray(weights.get("gamma", 1.0)) / np.sqrt(
            weights["moving_variance"] + layer.epsilon
        )
        scale = np.broadcast_to(scale, mean.shape)
        offset = weights.get("beta", np.zeros_like(mean))
        values = (known.values - mean) * scale + offset
        return on(
            Constants.where(known.known | (scale == 0), values), axis, x.rank
        )

    return Binding(
        output=x.ids,
        axes=tuple(WeightAxis(name, 0, ids, "out") for name in STATISTICS),
        constants=flow,
    )


@handles(layers.Rescaling)
def rescaling(
    layer: layers.Rescaling,
    inputs: Sequence[ChannelTensor],
    channels: Channels,
) -> Binding:
    if np.size(layer.scale) > 1 or np.size(layer.offset) > 1:
        channels.freeze(inputs[0].ids, "its scale differs between channels")
        return Binding(output=inputs[0].ids)
    return Binding(output=inputs[0].ids, constants=mapped(layer))


@handles(layers.Normalization)
def normalization(
    layer: Any, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    channels.freeze(
        inputs[0].ids,
        "its statistics are fixed per feature",
        "put it directly behind the model's input",
    )
    return Binding(
        output=inputs[0].ids,
        fixed=("adapt_mean", "adapt_variance", "count"),
    )
