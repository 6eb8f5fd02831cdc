"""Masks of time steps."""

from collections.abc import Sequence

from keras import layers

from tfprune.graph.binding import Binding
from tfprune.graph.channels import Channels, ChannelTensor
from tfprune.graph.handlers.registry import handles


@handles(layers.Masking)
def masking(
    layer: layers.Masking,
    inputs: Sequence[ChannelTensor],
    channels: Channels,
) -> Binding:
    channels.freeze(
        inputs[0].full_ids,
        "masks the steps at which all channels are alike",
        "put it directly behind the model's input",
    )
    return Binding(output=inputs[0].ids)
