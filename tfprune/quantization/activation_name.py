"""The function that an activation computes, by one name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import keras
from keras import layers

OPERATIONS: Mapping[str, str] = MappingProxyType(
    {
        "Elu": "elu",
        "Exp": "exponential",
        "Gelu": "gelu",
        "HardSigmoid": "hard_sigmoid",
        "HardSilu": "hard_silu",
        "LeakyRelu": "leaky_relu",
        "LogSoftmax": "log_softmax",
        "Relu": "relu",
        "Relu6": "relu6",
        "Sigmoid": "sigmoid",
        "Silu": "silu",
        "Softmax": "softmax",
        "Tanh": "tanh",
    }
)
"""Activations among the operations of `keras.ops`, by class."""

LAYERS: Mapping[type, str] = MappingProxyType(
    {
        layers.ELU: "elu",
        layers.LeakyReLU: "leaky_relu",
        layers.PReLU: "prelu",
        layers.Softmax: "softmax",
    }
)


def activation_name(operation: Any) -> str:
    """The name of an activation function.

    Args:
        operation: A layer or an operation.

    Returns:
        The name, as `keras.activations` has it; empty for what is none.
    """
    kind = type(operation)
    if kind is layers.Activation:
        return function_name(operation.activation)
    if kind is layers.ReLU:
        return rectifier_name(operation)
    if isinstance(operation, layers.Layer):
        return LAYERS.get(kind, "")
    return OPERATIONS.get(kind.__name__, "")


def function_name(function: Any) -> str:
    """The name of a function of `keras.activations`; empty for others."""
    name = getattr(function, "__name__", "")
    known = getattr(keras.activations, name, None)
    return name if known is function else ""


def rectifier_name(layer: layers.ReLU) -> str:
    """Which of the rectifiers a ReLU layer is; empty for none of LiteRT's."""
    if layer.threshold:
        return ""
    if layer.negative_slope:
        return "" if layer.max_value is not None else "leaky_relu"
    return {None: "relu", 6.0: "relu6"}.get(layer.max_value, "")
