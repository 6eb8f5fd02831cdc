"""Fully connected layers."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from keras import layers

from tfprune.graph.binding import (
    Absorption,
    Binding,
    Constants,
    Flow,
    Size,
    WeightAxis,
    Weights,
)
from tfprune.graph.channels import Channels, ChannelTensor, Ids
from tfprune.graph.handlers.activation import activate
from tfprune.graph.handlers.axes import positions
from tfprune.graph.handlers.constants import (
    activate_constants,
    biased,
    on,
    per_channel,
    shift,
    summed,
)
from tfprune.graph.handlers.registry import handles


@handles(layers.Dense)
def dense(
    layer: layers.Dense, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    units = channels.new(layer.units)
    return product(layer, inputs[0], channels, units, {"units": units})


def product(
    layer: Any,
    x: ChannelTensor,
    channels: Channels,
    units: Ids,
    sizes: Mapping[str, Size],
    bias: Mapping[str, Any] = MappingProxyType({"use_bias": True}),
) -> Binding:
    """Binds `activation(x @ kernel + bias)` over the last axis.

    Args:
        layer: The layer, with `kernel`, `bias` and `activation`.
        x: Its input.
        channels: Where the ids come from.
        units: Ids of the output units.
        sizes: Config entries that count them.
        bias: Config entries that give the layer a bias.
    """
    return Binding(
        output=activate(channels, layer.activation, units),
        axes=(
            WeightAxis("kernel", 0, channels.along(x, -1), "in"),
            WeightAxis("kernel", 1, units, "out"),
            WeightAxis("bias", 0, units, "out"),
        ),
        sizes=sizes,
        macs={"kernel": positions(x.shape, -1)},
        constants=dense_flow(layer, x.rank),
        absorption=Absorption(
            lambda values, weights: shift(values, weights["kernel"]),
            axis=-1,
            exact=True,
            bias=bias,
        ),
    )


def dense_flow(layer: Any, rank: int) -> Flow:
    """Constants through `activation(x @ kernel + bias)`."""

    def flow(inputs: Sequence[Constants], weights: Weights) -> Constants:
        kernel = weights["kernel"]
        x = per_channel(inputs[0], -1, kernel.shape[0])
        y = biased(summed(x, kernel, groups=1, exact=True), weights)
        return on(activate_constants(layer.activation, y), -1, rank)

    return flow
