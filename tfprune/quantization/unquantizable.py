"""What there is no integer kernel for, and what to do about it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from tfprune.errors import InvalidInputError
from tfprune.layers.quantized_layer import QuantizedLayer
from tfprune.quantization.activation_name import function_name
from tfprune.quantizers import Quantizer

NEAREST: Mapping[str, str] = MappingProxyType(
    {
        "celu": "gelu or relu",
        "elu": "gelu or relu",
        "mish": "silu",
        "selu": "gelu or relu",
        "softplus": "silu or relu",
        "softsign": "tanh",
    }
)
"""Activations with integer kernels that are near to others."""


def unquantizable(operation: Any, path: str) -> InvalidInputError:
    """Says what an operation is, and how to go on.

    Args:
        operation: The layer or operation.
        path: The path of the user's layer.
    """
    kind = type(operation).__name__
    if isinstance(operation, Quantizer | QuantizedLayer):
        return InvalidInputError(
            f"Layer '{path}' ({kind}) quantizes already. Pass the model as it "
            "was before, or leave the layer out by `layers`."
        )
    name = function_name(getattr(operation, "activation", None))
    what = f"{kind}, {name}" if name else kind
    near = NEAREST.get(name or kind.lower())
    instead = f"use {near} in its place" if near else "replace it"
    return InvalidInputError(
        f"Layer '{path}' ({what}) has no int8 kernel in LiteRT, as it is "
        f"called here. Leave it float by `layers`, such as layers=lambda name: "
        f"name != '{path}', or {instead}."
    )
