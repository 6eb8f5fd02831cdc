"""Activations that LiteRT has an integer kernel for."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from keras import layers

from tfprune.quantization.activation_name import OPERATIONS, activation_name
from tfprune.quantization.placement import GRID, OWN, Placement, places

RECTIFIER = Placement(rectifies=True)

FUNCTIONS: Mapping[str, Placement] = MappingProxyType(
    {
        "exponential": OWN,
        "gelu": OWN,
        "hard_silu": OWN,
        "leaky_relu": OWN,
        "linear": GRID,
        "log_softmax": Placement(fixed=(-255 / 16, 0.0), follows=True),
        "prelu": OWN,
        "relu": RECTIFIER,
        "relu6": RECTIFIER,
        "sigmoid": Placement(fixed=(0.0, 255 / 256), follows=True),
        "softmax": Placement(fixed=(0.0, 255 / 256), follows=True),
        "tanh": Placement(fixed=(-1.0, 127 / 128), follows=True),
    }
)
"""What LiteRT has kernels for; the ranges are those of its specification."""


@places(
    layers.Activation,
    layers.ELU,
    layers.LeakyReLU,
    layers.PReLU,
    layers.ReLU,
    layers.Softmax,
    *OPERATIONS,
)
def activation(operation: Any) -> Placement | None:
    return FUNCTIONS.get(activation_name(operation))
