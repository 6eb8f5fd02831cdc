"""Quantizers from names, classes and configs."""

from collections.abc import Mapping
from inspect import isabstract, signature
from typing import Any

import keras

from tfprune.errors import InvalidInputError
from tfprune.quantizers.quantizer import QUANTIZERS, Quantizer
from tfprune.registry import did_you_mean


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
        InvalidInputError: When no quantizer has that name or class, its config
            does not fit, or it is something else.

    Example:

    ```python
    get("sign").precision  # 1
    ```
    """
    if identifier is None:
        return None
    if isinstance(identifier, dict):
        found = from_config(identifier)
    elif isinstance(identifier, type):
        found = from_class(identifier)
    else:
        found = QUANTIZERS.get(identifier)
    if not isinstance(found, Quantizer):
        raise InvalidInputError(
            "Expected a quantizer: one of tfprune.quantizers, its name or its "
            f"config. Received: {identifier!r}. Names: {', '.join(names())}."
        )
    return found


def from_class(kind: type[Any]) -> Any:
    """An object of a class with default settings; other classes as they are.

    Raises:
        InvalidInputError: When the class has no default settings.
    """
    if not issubclass(kind, Quantizer):
        return kind
    if isabstract(kind):
        raise InvalidInputError(
            f"{kind.__name__} is a base of quantizers. Expected a class that "
            f"says what the levels are, or a name: {', '.join(names())}."
        )
    parameters = signature(kind).parameters.values()
    needed = [
        x.name
        for x in parameters
        if x.default is x.empty and x.kind is x.POSITIONAL_OR_KEYWORD
    ]
    if needed:
        raise InvalidInputError(
            f"{kind.__name__} has no default settings. Give an object, made "
            f"with {', '.join(needed)}, instead of the class."
        )
    return kind()


def from_config(config: Mapping[str, Any]) -> Any:
    """What a config of Keras describes.

    Raises:
        InvalidInputError: When it is of no known class, or does not fit it.
    """
    try:
        return keras.saving.deserialize_keras_object(config)
    except InvalidInputError:
        raise
    except (TypeError, ValueError) as error:
        name = str(config.get("registered_name") or config.get("class_name"))
        if keras.saving.get_registered_object(name) is None:
            known = [
                f"tfprune>{type(QUANTIZERS.get(x)).__name__}" for x in names()
            ]
            full = name if ">" in name else f"tfprune>{name}"
            raise InvalidInputError(
                f"Unknown class '{name}' in the config of a quantizer."
                f"{did_you_mean(full, known)} Classes of your own need "
                "keras.saving.register_keras_serializable."
            ) from error
        reason = str(error).splitlines()[0]
        raise InvalidInputError(
            f"The config of a quantizer does not fit {name}: {reason} "
            f"Received: config={config.get('config')!r}."
        ) from error
