"""Sum of absolute values, for the scales of batch normalization."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from tfprune.errors import InvalidInputError
from tfprune.regularizers.penalty import PENALTIES, Penalty, Tensor
from tfprune.regularizers.strength import as_strengths


@keras.saving.register_keras_serializable(package="tfprune")
@PENALTIES.register("l1")
class L1(Penalty):
    """Penalizes `sum(strength * |w|)`.

    As `gamma_regularizer=` of a `BatchNormalization` it makes whole channels
    removable: by its subgradient and a threshold (network slimming), or,
    under `tfprune.optimizers.Proximal`, by exact zeros (ISTA).

    Source: Liu et al., "Learning Efficient Convolutional Networks through
    Network Slimming", arXiv:1708.06519, eq. 1; Ye et al., "Rethinking the
    Smaller-Norm-Less-Informative Assumption in Channel Pruning",
    arXiv:1802.00124, whose cost-based weights are one strength per channel.

    Args:
        strength: Number >= 0, or a list of them, one per position of the
            last axis of the weights.

    Example:

    ```python
    x = keras.layers.BatchNormalization(gamma_regularizer=L1(1e-4))(x)
    ```
    """

    def __init__(self, strength: float | Sequence[float] = 1e-4) -> None:
        self.strength = as_strengths(strength, "L1")

    def value(self, weights: Tensor) -> Tensor:
        """Computes `sum(strength * |w|)`.

        As `w * sign(w)`: the slope of `abs` at 0 is 1 under JAX.
        """
        signs = ops.stop_gradient(ops.sign(weights))
        return ops.sum(self.strength_for(weights) * signs * weights)

    def subgradient(self, weights: Tensor) -> Tensor:
        """Computes `strength * sign(w)`, 0 where `w` is 0."""
        return self.strength_for(weights) * ops.sign(weights)

    def proximal(self, weights: Tensor, step: float | Tensor) -> Tensor:
        """Moves each weight towards zero by `step * strength`, to stop there.

        A weight minus its clipped self, as that is +0.0 and never -0.0.
        """
        threshold = step * self.strength_for(weights)
        return weights - ops.clip(weights, -threshold, threshold)

    def strength_for(self, weights: Tensor) -> Tensor:
        """Returns the strength as a tensor that broadcasts with `weights`.

        Raises:
            InvalidInputError: When a list has another length than the last
                axis of the weights.
        """
        if isinstance(self.strength, list) and (
            len(self.strength) != weights.shape[-1]
        ):
            raise InvalidInputError(
                f"Expected one strength of L1 per channel of weights of shape "
                f"{tuple(weights.shape)}, received {len(self.strength)}. Give "
                f"{weights.shape[-1]} numbers, or one for all."
            )
        return ops.convert_to_tensor(self.strength, dtype=weights.dtype)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {"strength": self.strength}
