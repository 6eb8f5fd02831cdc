"""Which layers are quantized, and with how many bits."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from tfprune.allocation.filters import Filters, matching
from tfprune.errors import InvalidInputError
from tfprune.number_checks import is_count

WeightBits: TypeAlias = int | Mapping[str, int]

POSSIBLE = (4, 8)
HIGHEST = 8
"""The bits of a layer that no pattern names."""


class LayerChoice:
    """Which layers are quantized, and with how many bits.

    Args:
        paths: The paths of all layers and operations.
        layers: As in `tfprune.quantize_aware`.
        weight_bits: As there.

    Raises:
        InvalidInputError: When a pattern is malformed or matches nothing, or
            a number of bits is neither 4 nor 8.
    """

    def __init__(
        self, paths: Iterable[str], layers: Filters, weight_bits: WeightBits
    ) -> None:
        paths = list(paths)
        self._chosen = set(paths) if layers is None else matching(layers, paths)
        if not self._chosen:
            raise InvalidInputError(
                "Expected `layers` to choose layers to quantize. It chooses "
                f"none of {', '.join(paths[:8])}."
            )
        self._bits: dict[str, int] = {}
        if isinstance(weight_bits, Mapping):
            for pattern, bits in weight_bits.items():
                checked = checked_bits(bits)
                for path in matching(pattern, paths):
                    self._bits[path] = checked
            self._default = HIGHEST
        else:
            self._default = checked_bits(weight_bits)

    def __contains__(self, path: str) -> bool:
        return path in self._chosen

    def bits(self, path: str) -> int:
        """Bits of the weights of a layer."""
        return self._bits.get(path, self._default)


def checked_bits(value: Any) -> int:
    """Bits of a weight: 4 or 8, which files store and compute with exactly.

    Raises:
        InvalidInputError: When it is neither.
    """
    if not is_count(value) or value not in POSSIBLE:
        raise InvalidInputError(
            "Expected weight_bits to be 4 or 8, which LiteRT has integers of. "
            f"Received: {value!r}."
        )
    return int(value)
