"""Choosing layers by name."""

import re
from collections.abc import Callable, Iterable
from typing import TypeAlias

from tfprune.errors import InvalidInputError
from tfprune.registry import did_you_mean

Filters: TypeAlias = str | Iterable[str] | Callable[[str], bool] | None


def matching(filters: Filters, names: Iterable[str]) -> set[str]:
    """The names that filters choose.

    Args:
        filters: A regular expression that is searched in each name, an
            iterable of names or expressions, a function of the name, or None
            for nothing.
        names: The names to choose from.

    Returns:
        The chosen names.

    Raises:
        InvalidInputError: When an expression is malformed or chooses nothing.
    """
    names = list(names)
    if filters is None:
        return set()
    if callable(filters):
        return {name for name in names if filters(name)}
    chosen: set[str] = set()
    for pattern in [filters] if isinstance(filters, str) else filters:
        try:
            found = {name for name in names if re.search(pattern, name)}
        except re.error as error:
            raise InvalidInputError(
                f"Expected a regular expression for layer names. Received: "
                f"'{pattern}' ({error})."
            ) from None
        if not found:
            raise InvalidInputError(
                f"No layer's name matches '{pattern}'."
                f"{did_you_mean(pattern, names)}"
            )
        chosen |= found
    return chosen
