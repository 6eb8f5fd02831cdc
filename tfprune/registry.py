"""Names for interchangeable objects: criteria, penalties, allocations."""

import difflib
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from tfprune.errors import InvalidInputError

T = TypeVar("T")
Member = TypeVar("Member")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Returns ` Did you mean 'x'?` for the closest known name, else nothing.

    Args:
        name: The name that was not found.
        known: The names that exist.
    """
    close = difflib.get_close_matches(str(name), list(known), n=1, cutoff=0.5)
    return f" Did you mean '{close[0]}'?" if close else ""


class Registry(Generic[Member]):
    """A table from names to classes or functions of one kind.

    Args:
        kind: What the members are, in the singular, for messages
            (`"criterion"`).

    Example:

    ```python
    CRITERIA: Registry[Criterion] = Registry("criterion")

    @CRITERIA.register("l1_norm")
    class L1Norm: ...

    CRITERIA.get("l1_norm")     # an instance of L1Norm
    CRITERIA.get(L1Norm())      # the instance itself
    ```
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._members: dict[str, Callable[[], Member]] = {}

    def register(self, name: str) -> Callable[[T], T]:
        """Returns a decorator that adds a member under `name`.

        Raises:
            InvalidInputError: When the name is taken.
        """

        def add(member: T) -> T:
            if name in self._members:
                raise InvalidInputError(
                    f"The {self.kind} name '{name}' is already taken by "
                    f"{self._members[name]!r}. Choose another name."
                )
            self._members[name] = member  # type: ignore[assignment]
            return member

        return add

    def names(self) -> tuple[str, ...]:
        """The registered names, sorted."""
        return tuple(sorted(self._members))

    def get(self, identifier: str | type[Member] | Member) -> Member:
        """Makes a member from its name; a class is called, an object returned.

        Args:
            identifier: A registered name, a class, or a ready object.

        Raises:
            InvalidInputError: When no member has that name.
        """
        if isinstance(identifier, type):
            return identifier()
        if not isinstance(identifier, str):
            return identifier
        if identifier not in self._members:
            raise InvalidInputError(
                f"Unknown {self.kind} '{identifier}'."
                f"{did_you_mean(identifier, self._members)} "
                f"Expected one of: {', '.join(self.names())}."
            )
        return self._members[identifier]()
