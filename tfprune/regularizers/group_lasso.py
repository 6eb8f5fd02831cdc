"""Sum of the norms of groups of weights."""

import math
from typing import Any

import keras
from keras import ops

from tfprune.regularizers.penalty import PENALTIES, Penalty, Tensor
from tfprune.regularizers.strength import as_strength
from tfprune.regularizers.structures import STRUCTURES

# Below the smallest normal float32 a sum of squares has lost its digits, and
# a direction computed from it would be noise: such a group counts as zero.
SMALLEST = 1.1754944e-38


@keras.saving.register_keras_serializable(package="tfprune")
@PENALTIES.register("group_lasso")
class GroupLasso(Penalty):
    """Penalizes `strength * sum_g |w_g|`, the Euclidean norms of groups.

    It shrinks each group as a whole. Its proximal operator,
    `w_g * max(0, 1 - step * strength / |w_g|)`, sets weak groups to zero at
    once, and with `structure="filter"` the layer's channels become removable.

    Source: Wen et al., "Learning Structured Sparsity in Deep Neural
    Networks", arXiv:1608.03665; Yuan and Lin, "Model Selection and
    Estimation in Regression with Grouped Variables", 2006, for
    `scale_by_size`; Parikh and Boyd, "Proximal Algorithms", 2014, for the
    proximal operator.

    Args:
        strength: Number >= 0.
        structure: What a group is, one of
            `tfprune.regularizers.STRUCTURES.names()`.
        scale_by_size: Whether to multiply each norm by the square root of
            the number of weights in the group, so that one strength fits
            layers of unlike size. The first paper does not, the second does.

    Example:

    ```python
    layer = keras.layers.Conv2D(
        64, 3, kernel_regularizer=GroupLasso(1e-3, structure="filter")
    )
    ```
    """

    def __init__(
        self,
        strength: float = 1e-4,
        structure: str = "filter",
        scale_by_size: bool = False,
    ) -> None:
        STRUCTURES.get(structure)  # An unknown name fails here, not in `fit`.
        self.strength = as_strength(strength, "GroupLasso")
        self.structure = structure
        self.scale_by_size = bool(scale_by_size)

    def value(self, weights: Tensor) -> Tensor:
        """Computes `strength * sum_g |w_g|`."""
        squares = self.squares(weights)
        # The root has no slope at zero: it must not even be asked for it.
        alive = squares > SMALLEST
        norms = ops.sqrt(ops.where(alive, squares, 1.0))
        return self.group_strength(weights) * ops.sum(
            ops.where(alive, norms, 0.0)
        )

    def subgradient(self, weights: Tensor) -> Tensor:
        """Computes `strength * w_g / |w_g|`, 0 for a group of zeros."""
        squares = self.squares(weights)
        strength = self.group_strength(weights)
        return weights * ops.where(
            squares > SMALLEST, strength * ops.rsqrt(squares), 0.0
        )

    def proximal(self, weights: Tensor, step: float | Tensor) -> Tensor:
        """Shortens each group by `step * strength`, to nothing at the most.

        A weight minus its part, as that is +0.0 and never -0.0.
        """
        norms = ops.sqrt(ops.maximum(self.squares(weights), SMALLEST))
        threshold = step * self.group_strength(weights)
        return weights - weights * ops.minimum(threshold / norms, 1.0)

    def squares(self, weights: Tensor) -> Tensor:
        """Returns the squared norm of each group, of size 1 along it."""
        return ops.sum(
            ops.square(weights), axis=self.inner_axes(weights), keepdims=True
        )

    def group_strength(self, weights: Tensor) -> float:
        """Returns what multiplies the norm of each group."""
        if not self.scale_by_size:
            return self.strength
        size = math.prod(weights.shape[a] for a in self.inner_axes(weights))
        return self.strength * math.sqrt(size)

    def inner_axes(self, weights: Tensor) -> tuple[int, ...]:
        """Returns the axes of `weights` that lie within one group."""
        structure = STRUCTURES.get(self.structure)
        return structure.inner_axes(len(weights.shape))  # type: ignore[attr-defined]

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {
            "strength": self.strength,
            "structure": self.structure,
            "scale_by_size": self.scale_by_size,
        }
