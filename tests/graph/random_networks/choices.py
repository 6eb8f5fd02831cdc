"""Where the choices of a random network come from."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from hypothesis.strategies import DrawFn, integers

T = TypeVar("T")


@dataclass(frozen=True)
class Choices:
    """One kind of draw, and those that follow from it.

    Attributes:
        below: From a count to a number from 0 to below it.
    """

    below: Callable[[int], int]

    def choice(self, options: Sequence[T]) -> T:
        """One of some options."""
        return options[self.below(len(options))]

    def boolean(self) -> bool:
        """False or true."""
        return self.below(2) == 1

    def integer(self, low: int, high: int) -> int:
        """A number, both bounds included."""
        return low + self.below(high - low + 1)


def seeded(seed: int) -> Choices:
    """Choices that depend on a seed alone."""
    return Choices(random.Random(seed).randrange)


def drawn(draw: DrawFn) -> Choices:
    """Choices that Hypothesis makes."""
    return Choices(lambda count: draw(integers(0, count - 1)))
