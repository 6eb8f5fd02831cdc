"""Types that whole weights are stored in."""

from dataclasses import dataclass

from tfprune.errors import InvalidInputError
from tfprune.registry import did_you_mean

# By how many bits a weight takes.
RANGES = {"INT2": (-2, 1), "INT4": (-8, 7), "INT8": (-128, 127)}
TYPES = ("int2", "int4", "int8")


@dataclass(frozen=True)
class Storage:
    """The smallest type that whole weights shall be stored in.

    Args:
        smallest: `"int2"`, `"int4"` or `"int8"`; kernels of more levels take
            the next larger type that holds them.

    Raises:
        InvalidInputError: When there is no such type.

    Example:

    >>> Storage("int4").of(-1, 1)
    'INT4'
    """

    smallest: str = "int4"

    def __post_init__(self) -> None:
        if self.smallest not in TYPES:
            raise InvalidInputError(
                f"Unknown type of weights '{self.smallest}'."
                f"{did_you_mean(self.smallest, TYPES)} Expected one of: "
                f"{', '.join(TYPES)}."
            )

    def of(self, lowest: int, highest: int) -> str:
        """The type for numbers of a range, from -128 to 127.

        Args:
            lowest: The smallest number.
            highest: The largest one.
        """
        allowed = list(RANGES)[TYPES.index(self.smallest) :]
        return next(
            name
            for name in allowed
            if RANGES[name][0] <= lowest and highest <= RANGES[name][1]
        )

    @property
    def without_int2(self) -> "Storage":
        """The same for operators that have no kernel for 2 bits."""
        return Storage("int4") if self.smallest == "int2" else self
