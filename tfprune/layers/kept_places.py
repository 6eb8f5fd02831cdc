"""Which places of its inputs a layer computes over."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from keras import ops


@dataclass(frozen=True)
class KeptPlaces:
    """The places along an axis of an input that are not zeroed.

    Attributes:
        position: Position of the input among several.
        axis: Axis of the input, the batch included.
        kept: For each place whether it stays.
    """

    position: int
    axis: int
    kept: tuple[bool, ...]

    @classmethod
    def of(cls, value: Any) -> "KeptPlaces":
        """From an object of the class or the dict of one."""
        if isinstance(value, cls):
            return value
        kept = tuple(bool(x) for x in value["kept"])
        return cls(int(value["position"]), int(value["axis"]), kept)

    def applied(self, x: Any) -> Any:
        """The input with zeros in all other places."""
        shape = [1] * len(x.shape)
        shape[self.axis] = len(self.kept)
        mask = np.reshape(np.array(self.kept), shape)
        return ops.where(mask, x, ops.zeros_like(x))


def restricted(
    inputs: Sequence[Any], places: Sequence[KeptPlaces]
) -> list[Any]:
    """Several inputs with zeros where they are to be left out."""
    values = list(inputs)
    for one in places:
        values[one.position] = one.applied(values[one.position])
    return values


class OverKeptPlaces:
    """Lets a layer that is called on a list leave out places of its inputs.

    Goes before the layer class among the parents.

    Args:
        places: The places that it computes over.
    """

    def __init__(
        self,
        *args: Any,
        places: Sequence[KeptPlaces | Mapping[str, Any]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.places = [KeptPlaces.of(x) for x in places]

    def get_config(self) -> dict[str, Any]:
        config: Any = super()
        places = [asdict(x) for x in self.places]
        return {**config.get_config(), "places": places}
