"""Penalties from names, classes and configs."""

from typing import Any, cast

import keras

from tfprune.regularizers.penalty import PENALTIES, Penalty


def names() -> tuple[str, ...]:
    """The names of the penalties, sorted."""
    return PENALTIES.names()


def get(identifier: Any) -> Penalty | None:
    """Returns a penalty.

    Args:
        identifier: A name from `names()` or a class, for a penalty with its
            default settings; a config as `keras.regularizers.serialize`
            makes it; a ready penalty or none, which are returned as they are.

    Raises:
        InvalidInputError: When no penalty has that name.

    Example:

    ```python
    get("l1").strength  # 0.0001
    ```
    """
    if isinstance(identifier, dict):
        return keras.regularizers.deserialize(identifier)
    return cast(Penalty | None, PENALTIES.get(identifier))
