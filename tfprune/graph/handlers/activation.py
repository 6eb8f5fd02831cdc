"""Activations: element-wise ones pass channels on, the others mix them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import activations, layers, ops

from tfprune.graph.binding import Binding, Constants, WeightAxis, Weights
from tfprune.graph.channels import Channels, ChannelTensor, Ids
from tfprune.graph.handlers.axes import without_batch
from tfprune.graph.handlers.constants import activated, mapped, same
from tfprune.graph.handlers.elementwise import (
    ELEMENTWISE_LAYERS,
    MIXING,
    is_elementwise,
)
from tfprune.graph.handlers.registry import handles
from tfprune.layers import FloatResult


def activate(channels: Channels, function: Any, ids: Ids) -> Ids:
    """Passes ids through an activation; freezes them if it may mix them.

    Args:
        channels: The ids' owner.
        function: The layer's activation, or None.
        ids: The ids before the activation.

    Returns:
        The same ids.
    """
    if is_elementwise(function):
        return ids
    name = getattr(function, "__name__", type(function).__name__)
    if function in [activations.get(mixing) for mixing in MIXING]:
        channels.freeze(ids, f"its activation {name} mixes channels")
    else:
        channels.freeze(
            ids,
            f"its activation {name} is not known to be element-wise",
            "declare it with @tfprune.elementwise",
        )
    return ids


@handles(*ELEMENTWISE_LAYERS)
def elementwise_layer(
    layer: Any, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    return Binding(output=inputs[0].ids, constants=mapped(layer))


@handles(layers.Activation)
def activation(
    layer: layers.Activation,
    inputs: Sequence[ChannelTensor],
    channels: Channels,
) -> Binding:
    x = inputs[0]
    if along_last(layer.activation) and not x.varies(-1):
        return Binding(output=x.ids)
    ids = activate(channels, layer.activation, x.ids)
    return Binding(output=ids, constants=activated(layer.activation))


def along_last(function: Any) -> bool:
    """Whether an activation combines the elements along the last axis."""
    return function in [activations.get(x) for x in MIXING if x != "glu"]


@handles(layers.Softmax)
def softmax(
    layer: layers.Softmax, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    x = inputs[0]
    for axis in np.atleast_1d(layer.axis):
        if x.varies(without_batch(int(axis), x.rank)):
            channels.freeze(x.ids, "softmax mixes channels")
    return Binding(output=x.ids)


@handles(layers.PReLU)
def prelu(
    layer: layers.PReLU, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    x = inputs[0]
    shared = [axis - 1 for axis in layer.shared_axes or ()]
    axes = []
    for axis in range(x.rank):
        if x.varies(axis) and axis not in shared:
            ids = channels.along(x, axis)
            axes.append(WeightAxis("alpha", axis, ids, "out"))

    def flow(constants: Sequence[Constants], weights: Weights) -> Constants:
        known, values = constants[0].known, constants[0].values
        slopes = weights.get("alpha")
        if slopes is None:
            slopes = ops.convert_to_numpy(layer.alpha)
        result = np.where(values > 0, values, slopes * values)
        return Constants.where(np.broadcast_to(known, result.shape), result)

    return Binding(
        output=x.ids,
        axes=tuple(axes),
        fixed=() if axes else ("alpha",),
        constants=flow,
    )


@handles(layers.Identity, FloatResult)
def identity(
    layer: Any, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    return Binding(output=inputs[0].ids, constants=same)
