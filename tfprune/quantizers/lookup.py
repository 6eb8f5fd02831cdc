"""Quantizers from names, classes and configs."""

from typing import Any

import keras

from tfprune.errors import InvalidInputError
from tfprune.quantizers.quantizer import QUANTIZERS, Quantizer


def names() -> tuple[str, ...]:
    """The names of the quantizers, sorted."""
    return QUANTIZERS.names()


def get(identifier: Any) -> Quantizer | None:
    """Returns a quantizer.

    Args:
        identifier: A name from `names()` or a class, for a quantizer with its
            default settings; a config as
            `keras.saving.serialize_keras_object` makes it; a ready quantizer
            or none, which are returned as they are.

    Raises:
        InvalidInputError: When no quantizer has that name, or it is something
            else.

    Example:

    ```python
    get("sign").precision  # 1
    ```
    """
    if identifier is None:
        return None
    if isinstance(identifier, dict):
        found = keras.saving.deserialize_keras_object(identifier)
    else:
        found = QUANTIZERS.get(identifier)
    if not isinstance(found, Quantizer):
        raise InvalidInputError(
            "Expected a quantizer: one of tfprune.quantizers, its name or its "
            f"config. Received: {identifier!r}. Names: {', '.join(names())}."
        )
    return found
