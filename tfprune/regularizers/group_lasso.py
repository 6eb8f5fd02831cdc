"""Sum of the norms of groups of weights."""

import keras
from keras import ops

from tfprune.regularizers.group_penalty import GroupPenalty
from tfprune.regularizers.norms import inverses, norms, shares
from tfprune.regularizers.penalty import PENALTIES, Tensor


@keras.saving.register_keras_serializable(package="tfprune")
@PENALTIES.register("group_lasso")
class GroupLasso(GroupPenalty):
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

    def value(self, weights: Tensor) -> Tensor:
        """Computes `strength * sum_g |w_g|`."""
        return self.group_strength(weights) * ops.sum(
            norms(self.squares(weights))
        )

    def subgradient(self, weights: Tensor) -> Tensor:
        """Computes `strength * w_g / |w_g|`, 0 for a group of zeros."""
        strength = self.group_strength(weights)
        return weights * (strength * inverses(self.squares(weights)))

    def proximal(self, weights: Tensor, step: float | Tensor) -> Tensor:
        """Shortens each group by `step * strength`, to nothing at the most.

        A weight minus its part, as that is +0.0 and never -0.0.
        """
        length = step * self.group_strength(weights)
        return weights - weights * shares(self.squares(weights), length)
