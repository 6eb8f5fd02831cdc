"""Activations that LiteRT computes in several steps, or apart."""

from typing import Any

from keras import layers, ops

from tfprune.quantization.activation_name import activation_name, function_name
from tfprune.quantization.decomposition import Simpler, decomposes

FUSED = frozenset({"linear", "relu", "relu6"})
"""Activations that LiteRT computes within a convolution or a product."""


@decomposes(
    layers.Conv1D,
    layers.Conv2D,
    layers.Conv2DTranspose,
    layers.Dense,
    layers.DepthwiseConv2D,
)
def activation_apart(layer: Any) -> Simpler | None:
    if function_name(layer.activation) in FUSED:
        return None
    config = {**layer.get_config(), "activation": "linear"}

    def call(x: Any) -> Any:
        linear = type(layer).from_config(config)
        y = linear(x)
        linear.set_weights(layer.get_weights())
        return activated(layer, y)

    return call


def activated(layer: Any, x: Any) -> Any:
    """The activation of a layer, as a layer of its own."""
    name = getattr(layer.activation, "__name__", "activation")
    apart = layers.Activation(
        layer.activation, name=name, dtype=layer.dtype_policy
    )
    return apart(x)


@decomposes(layers.Activation, "Silu", "HardSigmoid")
def several_steps(operation: Any) -> Simpler | None:
    return {"silu": silu, "hard_sigmoid": hard_sigmoid}.get(
        activation_name(operation)
    )


def silu(x: Any) -> Any:
    """`x sigmoid(x)`."""
    return ops.multiply(x, ops.sigmoid(x))


def hard_sigmoid(x: Any) -> Any:
    """`relu6(x + 3) / 6`."""
    return ops.multiply(ops.relu6(ops.add(x, 3.0)), 1 / 6)
