"""Activations: element-wise ones pass channels on, the others mix them."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import activations, layers

from tfprune.graph.binding import Binding, WeightAxis
from tfprune.graph.channels import Channels, ChannelTensor, Ids
from tfprune.graph.handlers.constants import mapped
from tfprune.graph.handlers.registry import handles

MIXING = ("softmax", "log_softmax", "sparsemax", "glu")
"""Keras' activations that combine the channels of a position."""

_ELEMENTWISE = {
    activations.get(name)
    for name in dir(activations)
    if name not in (*MIXING, "get", "serialize", "deserialize")
    and not name.startswith("_")
}


def elementwise(function: Any) -> Any:
    """Declares that a function works on each element by itself.

    Channels then pass through a layer that has it as its activation.

    Args:
        function: A function from a tensor to a tensor of the same shape.

    Returns:
        The function, unchanged.

    Example:

    ```python
    @tfprune.elementwise
    def cubed(x):
        return x**3
    ```
    """
    _ELEMENTWISE.add(function)
    return function


def activate(channels: Channels, function: Any, ids: Ids) -> Ids:
    """Passes ids through an activation; freezes them if it may mix them.

    Args:
        channels: The ids' owner.
        function: The layer's activation, or None.
        ids: The ids before the activation.

    Returns:
        The same ids.
    """
    if function is None or function in _ELEMENTWISE:
        return ids
    if isinstance(function, layers.Layer):
        if type(function) in ELEMENTWISE_LAYERS:
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


ELEMENTWISE_LAYERS = (layers.ReLU, layers.LeakyReLU, layers.ELU)


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
    ids = activate(channels, layer.activation, inputs[0].ids)
    return Binding(output=ids, constants=mapped(layer.activation))


@handles(layers.Softmax)
def softmax(
    layer: layers.Softmax, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    channels.freeze(inputs[0].ids, "softmax mixes channels")
    return Binding(output=inputs[0].ids)


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
    return Binding(
        output=x.ids, axes=tuple(axes), fixed=() if axes else ("alpha",)
    )


@handles(layers.Identity)
def identity(
    layer: layers.Identity, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    return Binding(output=inputs[0].ids, constants=mapped(keras.ops.identity))
