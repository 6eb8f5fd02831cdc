"""The attributes of layers before a `call`, and putting them back."""

from collections.abc import Sequence
from typing import Any

RECORDS = ("_inbound_nodes", "_outbound_nodes")
"""What is put back elsewhere: only the calls of one recording are taken off."""


class Snapshot:
    """Remembers what layers hold, for a `call` that changes it.

    Args:
        layers: A layer and all of its parts.
    """

    def __init__(self, layers: Sequence[Any]) -> None:
        self._states = [(x, dict(vars(x)), contents(x)) for x in layers]
        self.changed = False

    def restore(self) -> None:
        """Puts everything back, and notes what the user's code had changed."""
        for layer, before, containers in self._states:
            held = vars(layer)
            for name in [x for x in held if x not in before]:
                self.changed |= is_public(name)
                del held[name]
            for name, value in before.items():
                if name in RECORDS:
                    continue
                if held.get(name) is not value:
                    self.changed |= is_public(name)
                    held[name] = value
                if name in containers:
                    refilled = refill(value, containers[name])
                    self.changed |= refilled and is_public(name)


def is_public(name: str) -> bool:
    """Whether an attribute is the user's; Keras has its own behind a dash."""
    return not name.startswith("_") and name != "built"


def contents(layer: Any) -> dict[str, Any]:
    """Copies of the lists, dictionaries and sets that a layer holds."""
    kinds = (list, dict, set)
    return {
        name: next(kind for kind in kinds if isinstance(value, kind))(value)
        for name, value in vars(layer).items()
        if isinstance(value, kinds) and name not in RECORDS
    }


def refill(container: Any, before: Any) -> bool:
    """Gives a container its content back; whether that had changed."""
    if isinstance(container, dict):
        same = list(container) == list(before) and all(
            container[key] is before[key] for key in before
        )
        if not same:
            dict.clear(container)
            dict.update(container, before)
    elif isinstance(container, set):
        same = container == before
        if not same:
            set.clear(container)
            set.update(container, before)
    else:
        same = len(container) == len(before) and all(
            one is two for one, two in zip(container, before, strict=True)
        )
        if not same:
            list.__setitem__(container, slice(None), before)
    return not same
