"""Keywords of kernels, for layers that have other names for theirs."""

from collections.abc import Sequence
from typing import Any

from tfprune import quantizers
from tfprune.errors import InvalidInputError
from tfprune.quantizers.quantizer import Quantizer

PARTS = ("initializer", "regularizer", "constraint")


def renamed(
    keywords: dict[str, Any], prefixes: Sequence[str]
) -> dict[str, Any]:
    """What Keras' layer takes instead of `kernel_constraint` and its kin.

    Args:
        keywords: What the layer is given.
        prefixes: What the names of its own keywords begin with, which go
            before those of any kernel.
    """
    found = dict(keywords)
    if tuple(prefixes) == ("kernel",):
        return found
    for part in PARTS:
        value = found.pop(f"kernel_{part}", None)
        for prefix in prefixes:
            if value is not None and found.get(f"{prefix}_{part}") is None:
                found[f"{prefix}_{part}"] = value
    return found


def copied(identifier: Any) -> Quantizer | None:
    """A quantizer with the same settings and weights of its own."""
    found = quantizers.get(identifier)
    if found is None:
        return None
    config = {k: v for k, v in found.get_config().items() if k != "name"}
    return type(found).from_config(config)


def refuse(value: Any, name: str, owner: str, reason: str) -> None:
    """Refuses a keyword that is not left out, false or None.

    Args:
        value: What the user gave.
        name: Name of the argument.
        owner: Class of the layer.
        reason: Why it has none, and what to do, for the message.

    Raises:
        InvalidInputError: When something was given.
    """
    if value is not None and value is not False:
        raise InvalidInputError(
            f"{owner} does not take {name}: {reason}. Received: "
            f"{name}={value!r}."
        )
