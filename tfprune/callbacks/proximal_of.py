"""The `Proximal` optimizer of a model, whatever is around it."""

from typing import Any

from tfprune.errors import InvalidInputError
from tfprune.optimizers import Proximal


def proximal_of(optimizer: Any, owner: str) -> Proximal:
    """Returns the `Proximal` that an optimizer is or wraps.

    Args:
        optimizer: Of a compiled model.
        owner: What needs it, for messages.

    Raises:
        InvalidInputError: When there is none.
    """
    found = proximal_or_none(optimizer)
    if found is None:
        kind = type(optimizer).__name__
        raise InvalidInputError(
            f"Expected a model that is compiled with Proximal for {owner}, "
            f"received one with {kind}. Compile it with "
            f"tfprune.optimizers.Proximal({kind}(...))."
        )
    return found


def proximal_or_none(optimizer: Any) -> Proximal | None:
    """Returns the `Proximal` that an optimizer is or wraps, if there is one.

    Args:
        optimizer: Of a compiled model.
    """
    while optimizer is not None and not isinstance(optimizer, Proximal):
        optimizer = getattr(optimizer, "inner_optimizer", None)
    return optimizer
