"""Layers that act in training only."""

from collections.abc import Sequence
from typing import Any

from keras import layers

from tfprune.graph.binding import Binding
from tfprune.graph.channels import Channels, ChannelTensor
from tfprune.graph.handlers.constants import same
from tfprune.graph.handlers.registry import handles


@handles(
    layers.ActivityRegularization,
    layers.AlphaDropout,
    layers.Dropout,
    layers.GaussianDropout,
    layers.GaussianNoise,
    layers.SpatialDropout1D,
    layers.SpatialDropout2D,
    layers.SpatialDropout3D,
)
def training_only(
    layer: Any, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    return Binding(output=inputs[0].ids, constants=same)
