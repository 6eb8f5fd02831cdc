"""Several penalties on the same weights."""

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

import keras
from keras import ops

from tfprune.errors import InvalidInputError
from tfprune.regularizers.lookup import get
from tfprune.regularizers.penalty import Penalty, Tensor


@keras.saving.register_keras_serializable(package="tfprune")
class Sum(Penalty):
    """Adds penalties up; their proximal operators run one after the other.

    That is the proximal operator of the sum where the groups of each penalty
    hold those of the penalties before it: `L1` before `"kernel"` before
    `"filter"` before `"layer"`. Where groups overlap otherwise, as filters and
    shapes do, the sum has no proximal operator in closed form, and steps of
    small length one after the other take its place.

    Source: Jenatton et al., "Proximal Methods for Hierarchical Sparse
    Coding", arXiv:1009.2139, for groups that hold each other; Wen et al.,
    arXiv:1608.03665, for the sums of structures.

    Args:
        penalties: One penalty or more, from those on small groups to those on
            large ones: objects, names or configs.

    Raises:
        InvalidInputError: When there is none, or one is no penalty of
            `tfprune.regularizers`.

    Example:

    ```python
    penalty = Sum([
        GroupLasso(5e-3, structure="filter"),
        GroupLasso(5e-3, structure="shape"),
    ])
    layer = keras.layers.Conv2D(50, 5, kernel_regularizer=penalty)
    ```
    """

    def __init__(self, penalties: Sequence[Any]) -> None:
        listed = isinstance(penalties, Sequence)
        terms = [get(x) for x in penalties] if listed else []
        if not terms or not all(isinstance(x, Penalty) for x in terms):
            raise InvalidInputError(
                "Expected penalties of Sum to be one or more penalties of "
                f"tfprune.regularizers, received {penalties!r}. Give for "
                "example [L1(1e-4), GroupLasso(1e-3)]."
            )
        self.penalties: list[Penalty] = [x for x in terms if x is not None]

    def value(self, weights: Tensor) -> Tensor:
        """Computes the sum of the penalties."""
        return sum(x.value(weights) for x in self.penalties)

    def subgradient(self, weights: Tensor) -> Tensor:
        """Computes the sum of the subgradients."""
        return sum(x.subgradient(weights) for x in self.penalties)

    def proximal(self, weights: Tensor, step: float | Tensor) -> Tensor:
        """Applies the proximal operators one after the other."""
        return reduce(
            lambda point, x: x.proximal(point, step), self.penalties, weights
        )

    def alive(self, weights: Tensor) -> Tensor:
        """Tells weights that no penalty has set to zero from the others."""
        return reduce(
            ops.logical_and, [x.alive(weights) for x in self.penalties]
        )

    def among(self, values: Mapping[int, Tensor]) -> "Sum":
        """Returns the sum of the penalties when variables hold values."""
        return Sum([x.among(values) for x in self.penalties])

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {
            "penalties": [
                keras.regularizers.serialize(x) for x in self.penalties
            ]
        }
