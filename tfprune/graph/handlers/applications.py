"""Private layers of `keras.applications`, by the names of their classes."""

from collections.abc import Sequence
from typing import Any

from tfprune.graph.binding import Binding, Constants, WeightAxis, Weights
from tfprune.graph.channels import Channels, ChannelTensor
from tfprune.graph.handlers.constants import on, per_channel, same
from tfprune.graph.handlers.merging import combined, tied
from tfprune.graph.handlers.registry import handles


@handles("LayerScale")
def layer_scale(
    layer: Any, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    x = inputs[0]
    ids = channels.along(x, -1)

    def flow(constants: Sequence[Constants], weights: Weights) -> Constants:
        known = per_channel(constants[0], -1, len(ids))
        gamma = weights["gamma"]
        return on(
            Constants.where(known.known | (gamma == 0), known.values * gamma),
            -1,
            x.rank,
        )

    return Binding(
        output=x.ids,
        axes=(WeightAxis("gamma", 0, ids, "out"),),
        sizes={"projection_dim": ids},
        constants=flow,
    )


@handles("StochasticDepth")
def stochastic_depth(
    layer: Any, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    # It drops examples, and those in training only.
    return Binding(output=inputs[0].ids, constants=same)


@handles("CustomScaleLayer")
def scaled_sum(
    layer: Any, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    ids = tied([(x.full_ids, x.full_shape) for x in inputs], channels)
    return Binding(
        output=ids, constants=combined(lambda x, y: x + y * layer.scale)
    )
