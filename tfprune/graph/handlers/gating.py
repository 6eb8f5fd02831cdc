"""Gates scale each channel by itself."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tfprune.gates import Bernoulli, Gate, GateNoise
from tfprune.graph.binding import (
    Binding,
    Constants,
    Scaling,
    Values,
    WeightAxis,
    Weights,
)
from tfprune.graph.channels import CONSTANT, Channels, ChannelTensor
from tfprune.graph.handlers.axes import without_batch
from tfprune.graph.handlers.constants import on, per_channel
from tfprune.graph.handlers.registry import handles
from tfprune.graph.inputs import Inputs


@handles(GateNoise)
def gate_noise(
    layer: GateNoise, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    # It reads how many examples there are, and nothing else.
    return Binding(
        output=np.full((1,), CONSTANT),
        needed=(inputs[0].ids,),
        idle=lambda constants, weights: [np.ones(inputs[0].ids.shape, bool)],
    )


@handles(Gate, free=("sample", "open_probability", "settled"))
def gate(
    layer: Gate, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    x = inputs[0]
    axis = without_batch(layer.axis, x.rank)
    ids = channels.along(x, axis)

    def factors(weights: Weights) -> Values:
        return layer.values(weights["location"])

    def flow(constants: Sequence[Constants], weights: Weights) -> Constants:
        scale = factors(weights)
        known = per_channel(constants[0], axis, len(scale))
        return on(
            Constants.where(known.known | (scale == 0), known.values * scale),
            axis,
            x.rank,
        )

    return Binding(
        output=x.ids,
        axes=(WeightAxis("location", 0, ids, "out"),),
        fixed=("penalty_scale",),
        constants=flow,
        scaling=Scaling(factors, axis, ids),
    )


@handles(Bernoulli)
def bernoulli(layer: Bernoulli, inputs: Inputs, channels: Channels) -> Binding:
    binding = gate(layer, inputs, channels)
    ids = binding.axes[0].ids
    state = tuple(WeightAxis(x, 0, ids, "out") for x in ("noise", "held"))
    return replace(binding, axes=(*binding.axes, *state))
