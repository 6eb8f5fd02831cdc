"""Layers as the simpler ones that integers are computed with."""

from collections.abc import Callable
from typing import Any, TypeAlias

import keras

from tfprune.kind_registry import KindRegistry

Simpler: TypeAlias = Callable[..., Any]
"""Computes what a layer does, from the same arguments, with simpler ones."""

Decomposition: TypeAlias = Callable[[Any], Simpler | None]
"""Takes a layer apart; None where it is simple already."""

DECOMPOSITIONS: KindRegistry[Decomposition] = KindRegistry("decomposition")


def decomposes(
    *kinds: type | str,
) -> Callable[[Decomposition], Decomposition]:
    """Registers how layers of a type are taken apart.

    The function gets the layer and returns a function of the layer's
    arguments, which calls simpler layers and operations on them, and gives
    these their weights. They may be taken apart in turn. What it returns None
    for is left whole.

    Args:
        *kinds: Layer classes; or, for operations of `keras.ops`, the names of
            their classes.

    Raises:
        InvalidInputError: When a kind has a decomposition already.

    Example:

    ```python
    @decomposes("Silu")
    def silu(operation):
        return lambda x: x * keras.ops.sigmoid(x)
    ```
    """
    return DECOMPOSITIONS.register(*kinds)


def simpler(operation: Any) -> Simpler | None:
    """What a layer is made of; None where it is simple already."""
    found = DECOMPOSITIONS.of(operation)
    return None if found is None else found(operation)


def filled(layer: keras.layers.Layer, inputs: Any, *arrays: Any) -> Any:
    """Calls a layer for the first time and gives it its weights.

    Args:
        layer: A layer that is not built.
        inputs: What it is called on.
        *arrays: What its weights hold, in their order; None among them is
            left out.

    Returns:
        What the layer returned.
    """
    outputs = layer(inputs)
    layer.set_weights([x for x in arrays if x is not None])
    return outputs
