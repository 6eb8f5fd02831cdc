"""Functions that work on each element by itself."""

from collections.abc import Hashable
from typing import Any

import keras
from keras import activations, layers

MIXING = ("softmax", "log_softmax", "sparsemax", "glu")
"""Keras' activations that combine the channels of a position."""

_NAMES = [
    name
    for name in dir(activations)
    if name not in (*MIXING, "get", "serialize", "deserialize")
    and not name.startswith("_")
]
_ELEMENTWISE = {
    getattr(package, name)
    for package in (activations, keras.ops)
    for name in _NAMES
    if hasattr(package, name)
}
ELEMENTWISE_LAYERS = (layers.ReLU, layers.LeakyReLU, layers.ELU)


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


def is_elementwise(function: Any) -> bool:
    """Whether an activation is known to work on each element by itself."""
    if function is None or type(function) in ELEMENTWISE_LAYERS:
        return True
    return isinstance(function, Hashable) and function in _ELEMENTWISE
