"""What every layer keeps, whatever the budget."""

from dataclasses import dataclass

import numpy as np

from tfprune.errors import InvalidInputError


@dataclass(frozen=True)
class Floor:
    """How few channels a layer may keep, and in which steps.

    Attributes:
        min_channels: A layer keeps at least so many.
        round_to: A layer keeps a multiple of this many, where it is as wide;
            so does each group of a grouped convolution and each head of
            attention.
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

    def allows(self, count: int, blocks: int = 1) -> bool:
        """Whether a layer may have equal blocks of so many channels."""
        return (
            count * blocks >= self.min_channels and count % self.round_to == 0
        )
