"""Where ranges lie around a kind of operation."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from tfprune.kind_registry import KindRegistry

Range: TypeAlias = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Where LiteRT wants ranges around an operation.

    Attributes:
        shares: Whether inputs and outputs have one scale.
        on_grid: Whether outputs need no rounding where the inputs were
            rounded, as after a reshape; only with `shares`.
        pooled: Whether outputs are means of windows, whose halves LiteRT
            rounds in its own way.
        fixed: The range of the output that the runtime dictates.
        follows: Whether the converter rounds outputs that have no range, where
            the inputs are rounded.
        takes_rectifier: Whether a rectifier behind it is computed within it,
            so that only what comes out of that has a range.
        rectifies: Whether it is such a rectifier.
        rounds_arrays: Whether LiteRT rounds arrays among its arguments.
        quantized: Makes the layer with quantized weights in its place, from
            the layer and its settings; None where it has no weights.
    """

    shares: bool = False
    on_grid: bool = False
    pooled: bool = False
    fixed: Range | None = None
    follows: bool = False
    takes_rectifier: bool = False
    rectifies: bool = False
    rounds_arrays: bool = False
    quantized: Callable[..., Any] | None = None


OWN = Placement()
"""An operation whose result has a range of its own."""

GRID = Placement(shares=True, on_grid=True)
"""An operation that moves numbers and makes no new ones."""

Place: TypeAlias = Callable[[Any], Placement | None]
"""Tells the placement of an operation; None where it is not known."""

PLACES: KindRegistry[Place] = KindRegistry("placement")


def places(*kinds: type | str) -> Callable[[Place], Place]:
    """Registers where the ranges of a kind of operation lie.

    Args:
        *kinds: Layer classes; or, for operations of `keras.ops`, the names of
            their classes.

    Raises:
        InvalidInputError: When a kind has a placement already.

    Example:

    ```python
    @places(keras.layers.Flatten, "Reshape")
    def layout(operation):
        return GRID
    ```
    """
    return PLACES.register(*kinds)


def placement_of(operation: Any) -> Placement | None:
    """Where the ranges of an operation lie; None where nothing says so."""
    place = PLACES.of(operation)
    return None if place is None else place(operation)
