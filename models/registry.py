"""A registry whose members are functions that take arguments."""

from collections.abc import Callable
from typing import TypeVar

from tfprune.registry import Registry

F = TypeVar("F", bound=Callable)


class FunctionRegistry(Registry):
    """A table from names to functions; `get` hands the function back uncalled.

    `tfprune.registry.Registry` makes a member by calling it without
    arguments. A network builder or a data loader is called by its user, with
    the input shape or the folder that only the user knows.

    Args:
        kind: What the members are, in the singular, for messages.

    Example:

    ```python
    MODELS = FunctionRegistry("model")

    @MODELS.register("lenet_5")
    def lenet_5(input_shape=(28, 28, 1)): ...

    model = MODELS.get("lenet_5")(input_shape=(32, 32, 1))
    ```
    """

    def register(self, name: str) -> Callable[[F], F]:
        """Returns a decorator that adds a function under `name`.

        Raises:
            InvalidInputError: When the name is taken.
        """
        add_maker = super().register(name)

        def add(function: F) -> F:
            add_maker(lambda: function)
            return function

        return add
