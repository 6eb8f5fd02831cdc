"""The names that layers of a copy have."""

from collections.abc import Iterable


class LayerNames:
    """Names that are taken, and new ones beside them."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, names: Iterable[str]) -> None:
        """Keeps names for layers that have them already."""
        self._taken.update(names)

    def unique(self, path: str) -> str:
        """A layer's name from a path; names hold no slashes."""
        name = base = path.replace("/", ".")
        number = 0
        while name in self._taken:
            number += 1
            name = f"{base}_{number}"
        self._taken.add(name)
        return name
