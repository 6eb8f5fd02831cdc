"""The table of the reference networks."""

from collections.abc import Callable
from typing import cast

import keras

from tfprune.models.registry import FunctionRegistry

MODELS = FunctionRegistry("model")


def names() -> tuple[str, ...]:
    """The names of the reference networks, sorted."""
    return MODELS.names()


def get(name: str) -> Callable[..., keras.Model]:
    """Returns the function that builds the network called `name`.

    Every builder takes `input_shape`, `num_classes`, `kernel_regularizer` and
    `name` as keywords, and more of its own.

    Args:
        name: One of `names()`.

    Raises:
        InvalidInputError: When no network has that name.

    Example:

    ```python
    model = models.get("resnet_20")(input_shape=(28, 28, 1), num_classes=10)
    ```
    """
    return cast(Callable[..., keras.Model], MODELS.get(name))
