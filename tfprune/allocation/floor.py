"""What every layer keeps, whatever the budget."""

from dataclasses import dataclass

import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.graph import Group


@dataclass(frozen=True)
class Floor:
    """How few channels a group may keep, and in which steps.

    Attributes:
        min_channels: A layer keeps at least so many.
        round_to: A layer keeps a multiple of this many, where it is as wide.
    """

    min_channels: int = 1
    round_to: int = 1

    def __post_init__(self) -> None:
        for name in ("min_channels", "round_to"):
            value = getattr(self, name)
            if not isinstance(value, (int, np.integer)) or value < 1:
                raise InvalidInputError(
                    f"Expected {name} to be an integer of at least 1. "
                    f"Received: {name}={value!r}."
                )

    def kept(self, wanted: int, group: Group) -> int:
        """The number of channels to keep when `wanted` are asked for.

        A channel of a group may stand for several of a layer (one in each
        group of a grouped convolution), so rounding is counted in those.
        """
        multiple = multiplicity(group)
        step = int(np.lcm(self.round_to, multiple)) // multiple
        least = -(-self.min_channels // multiple)
        wanted = max(wanted, least, 1)
        return min(-(-wanted // step) * step, group.width)


def multiplicity(group: Group) -> int:
    """The fewest filters of a producer that one channel stands for."""
    counts = [
        len(part.positions) // part.width
        for part in group.slices
        if part.axis.role == "out"
    ]
    return max(min(counts, default=1), 1)
