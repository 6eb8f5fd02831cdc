"""Names of the inputs and outputs of a model."""

from collections.abc import Iterable, Sequence
from typing import Any


def key_of(path: Sequence[Any]) -> str | None:
    """The last key of a nested position, where it is a string."""
    return path[-1] if path and isinstance(path[-1], str) else None


def unique(names: Iterable[str]) -> tuple[str, ...]:
    """Makes repeated names differ by a number at their ends."""
    taken: list[str] = []
    for name in names:
        new, count = name, 1
        while new in taken:
            new, count = f"{name}_{count}", count + 1
        taken.append(new)
    return tuple(taken)
