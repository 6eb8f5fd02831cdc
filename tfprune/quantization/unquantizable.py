"""What tfprune cannot quantize, and what to do about it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from tfprune.errors import InvalidInputError
from tfprune.layers.quantized_layer import QuantizedLayer
from tfprune.quantization.activation_name import function_name
from tfprune.quantization.decomposition import DECOMPOSITIONS
from tfprune.quantization.placement import PLACES
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
"""Activations that tfprune quantizes, near to those that it does not."""


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
    function = getattr(operation, "activation", None)
    name = function_name(function)
    left_float = (
        f"Leave it float by `layers`, such as layers=lambda name: name != "
        f"'{path}'"
    )
    if function is not None and not name:
        called = getattr(function, "__name__", type(function).__name__)
        return InvalidInputError(
            f"Layer '{path}' cannot be quantized: its activation '{called}' is "
            "not one of keras.activations, so it cannot be told what it "
            f"computes. Use one of these, or layers behind it. {left_float}."
        )
    parent = known_parent(operation)
    if parent:
        return InvalidInputError(
            f"Layer '{path}' cannot be quantized: tfprune does not know class "
            f"{kind}, nor what it does other than {parent}. Use {parent} in "
            f"its place. {left_float}."
        )
    what = f"{kind}, {name}" if name else kind
    near = NEAREST.get(name or kind.lower())
    instead = f"use {near} in its place" if near else "replace it"
    return InvalidInputError(
        f"tfprune does not know how to quantize layer '{path}' ({what}), as it "
        f"is called here. {left_float}, or {instead}."
    )


def known_parent(operation: Any) -> str:
    """The class that a layer of an unknown class derives from; else empty."""
    known = {*PLACES.layers, *DECOMPOSITIONS.layers}
    kind, *parents = type(operation).__mro__
    if kind in known:
        return ""
    return next((x.__name__ for x in parents if x in known), "")
