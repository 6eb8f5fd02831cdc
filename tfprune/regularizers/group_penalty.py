"""What penalties on the norms of groups share."""

import math
from typing import Any

from keras import ops

from tfprune.regularizers.norms import norms, vanishes
from tfprune.regularizers.penalty import Penalty, Tensor
from tfprune.regularizers.strength import as_strength
from tfprune.regularizers.structures import STRUCTURES


class GroupPenalty(Penalty):
    """Base of the penalties on groups of the weights of one variable.

    Args:
        strength: Number >= 0.
        structure: What a group is, one of
            `tfprune.regularizers.STRUCTURES.names()`.
        scale_by_size: Whether to multiply the strength by the square root of
            the number of weights in the group, so that one strength fits
            layers of unlike size.
    """

    def __init__(
        self,
        strength: float = 1e-4,
        structure: str = "filter",
        scale_by_size: bool = False,
    ) -> None:
        STRUCTURES.get(structure)  # An unknown name fails here, not in `fit`.
        self.strength = as_strength(strength, type(self).__name__)
        self.structure = structure
        self.scale_by_size = bool(scale_by_size)

    def alive(self, weights: Tensor) -> Tensor:
        """Tells groups that have a norm from those that count as zero."""
        return ops.logical_not(vanishes(self.squares(weights)))

    def squares(self, weights: Tensor) -> Tensor:
        """Returns the squared norm of each group, of size 1 along it."""
        return ops.sum(
            ops.square(weights), axis=self.inner_axes(weights), keepdims=True
        )

    def lengths(self, weights: Tensor) -> Tensor:
        """Returns the norm of each group."""
        return norms(self.squares(weights))

    def spread(self, values: Tensor, weights: Tensor, other: Any) -> Tensor:
        """Returns one value for each group so that it broadcasts with weights.

        Args:
            values: Tensor of the shape of `lengths`.
            weights: What the result broadcasts with.
            other: The value of weights in no group; there are none here.
        """
        return values

    def group_strength(self, weights: Tensor) -> float:
        """Returns what multiplies the norm of each group."""
        if not self.scale_by_size:
            return self.strength
        size = math.prod(weights.shape[a] for a in self.inner_axes(weights))
        return self.strength * math.sqrt(size)

    def inner_axes(self, weights: Tensor) -> tuple[int, ...]:
        """Returns the axes of `weights` that lie within one group."""
        structure = STRUCTURES.get(self.structure)
        return structure.inner_axes(len(weights.shape))

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {
            "strength": self.strength,
            "structure": self.structure,
            "scale_by_size": self.scale_by_size,
        }
