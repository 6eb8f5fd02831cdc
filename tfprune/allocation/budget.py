"""How much of a model may stay."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real

from tfprune.errors import InvalidInputError
from tfprune.graph import PruningGraph
from tfprune.profiling import Cost, bytes_in_memory, macs, parameters

COSTS: dict[str, Callable[[PruningGraph], Cost]] = {
    "macs": macs,
    "parameters": parameters,
    "num_bytes": bytes_in_memory,
}


@dataclass(frozen=True)
class Budget:
    """A fraction of one quantity.

    Attributes:
        unit: `"sparsity"` (fraction of the channels to remove), `"macs"`,
            `"parameters"`, `"num_bytes"` or `"latency"` (fraction of the
            model's to keep).
        fraction: The fraction.
    """

    unit: str
    fraction: float

    @classmethod
    def one_of(cls, **fractions: float | None) -> "Budget":
        """The one budget among several that is given.

        Raises:
            InvalidInputError: When none or several are given, or the fraction
                is out of range.
        """
        given = {k: v for k, v in fractions.items() if v is not None}
        if len(given) != 1:
            received = ", ".join(f"{k}={v}" for k, v in given.items())
            raise InvalidInputError(
                f"Expected exactly one of {', '.join(fractions)}. Received: "
                f"{received or 'none'}."
            )
        ((unit, fraction),) = given.items()
        sparsity = unit == "sparsity"
        if (
            not isinstance(fraction, Real)
            or isinstance(fraction, bool)
            or not math.isfinite(fraction)
            or not (0 <= fraction < 1 if sparsity else 0 < fraction <= 1)
        ):
            span = (
                "[0, 1), the fraction to remove"
                if sparsity
                else ("(0, 1], the fraction to keep")
            )
            raise InvalidInputError(
                f"Expected {unit} in {span}. Received: {unit}={fraction}."
            )
        return cls(unit, float(fraction))
