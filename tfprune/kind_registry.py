"""What is known of kinds of layers and operations."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import keras

from tfprune.errors import InvalidInputError

Member = TypeVar("Member")


class KindRegistry(Generic[Member]):
    """A table from layer classes, and from names of operations, to members.

    Operations of `keras.ops` and private layers of Keras go by the names of
    their classes, which are not public.

    Args:
        kind: What the members are, in the singular, for messages
            (`"handler"`).

    Example:

    ```python
    PLACES: KindRegistry[Place] = KindRegistry("placement")

    @PLACES.register(keras.layers.Flatten, "Reshape")
    def layout(operation): ...

    PLACES.of(keras.layers.Flatten())     # layout
    ```
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.layers: dict[type, Member] = {}
        self.named: dict[str, Member] = {}

    def register(self, *kinds: type | str) -> Callable[[Member], Member]:
        """Returns a decorator that adds a member for each of some kinds.

        Raises:
            InvalidInputError: When a kind has one already.
        """

        def add(member: Member) -> Member:
            for kind in kinds:
                table: dict[Any, Member] = (
                    self.named if isinstance(kind, str) else self.layers
                )
                if kind in table:
                    present = table[kind]
                    name = getattr(present, "__name__", present)
                    raise InvalidInputError(
                        f"{kind!r} already has the {self.kind} {name!r}. "
                        "Register each type once."
                    )
                table[kind] = member
            return member

        return add

    def of(self, operation: Any) -> Member | None:
        """The member of a layer or an operation; None when there is none.

        A subclass may compute something else, so it is not taken for its
        parent.
        """
        kind = type(operation)
        if isinstance(operation, keras.layers.Layer):
            return self.layers.get(kind)
        return self.named.get(kind.__name__)
