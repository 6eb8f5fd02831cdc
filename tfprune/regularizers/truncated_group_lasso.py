"""Sum of the norms of groups, each counted up to a threshold."""

import math
from typing import Any

import keras
from keras import ops

from tfprune.errors import InvalidInputError
from tfprune.number_checks import is_number
from tfprune.regularizers.group_penalty import GroupPenalty
from tfprune.regularizers.norms import inverses, norms, shares
from tfprune.regularizers.penalty import PENALTIES, Tensor


@keras.saving.register_keras_serializable(package="tfprune")
@PENALTIES.register("truncated_group_lasso")
class TruncatedGroupLasso(GroupPenalty):
    """Penalizes `strength * sum_g min(|w_g|, threshold)`.

    A group longer than the threshold is not pulled on, so only weak groups
    shrink, where `GroupLasso` shortens all of them alike. The proximal
    operator is exact although the penalty is not convex: with
    `s = step * strength` it shortens groups by `s` up to the length

    `threshold + s / 2` if `s <= 2 * threshold`, else `sqrt(2 * s * threshold)`

    and leaves the longer ones as they are.

    Source: Lebedev and Lempitsky, "Fast ConvNets Using Group-wise Brain
    Damage", arXiv:1506.02515.

    Args:
        strength: Number >= 0.
        structure: What a group is, one of
            `tfprune.regularizers.STRUCTURES.names()`; `"shape"` in the paper.
        threshold: Length from which on a group is left alone, > 0.
        quantile: When given, the threshold is the length below which this
            part of the groups is at the time, a number from 0 to 1. It is
            taken for given where slopes are computed.
        scale_by_size: As in `GroupLasso`.

    Raises:
        InvalidInputError: When a number is out of its range.

    Example:

    ```python
    penalty = TruncatedGroupLasso(1e-3, structure="shape", quantile=0.9)
    layer = keras.layers.Conv2D(50, 5, kernel_regularizer=penalty)
    ```
    """

    def __init__(
        self,
        strength: float = 1e-4,
        structure: str = "shape",
        threshold: float = 1.0,
        quantile: float | None = None,
        scale_by_size: bool = False,
    ) -> None:
        super().__init__(strength, structure, scale_by_size)
        if not is_between(threshold, 0.0, math.inf) or threshold == 0:
            raise InvalidInputError(
                "Expected threshold of TruncatedGroupLasso to be a finite "
                f"number > 0, received {threshold!r}. Give for example "
                "threshold=0.1, or quantile=0.9 to take it from the weights."
            )
        if quantile is not None and not is_between(quantile, 0.0, 1.0):
            raise InvalidInputError(
                "Expected quantile of TruncatedGroupLasso to be a number from "
                f"0 to 1 or None, received {quantile!r}. Give for example "
                "quantile=0.9, to leave the strongest tenth alone."
            )
        self.threshold = float(threshold)
        self.quantile = None if quantile is None else float(quantile)

    def value(self, weights: Tensor) -> Tensor:
        """Computes `strength * sum_g min(|w_g|, threshold)`."""
        lengths = norms(self.squares(weights))
        limit = self.limit(lengths)
        counted = ops.where(lengths < limit, lengths, limit)
        return self.group_strength(weights) * ops.sum(counted)

    def subgradient(self, weights: Tensor) -> Tensor:
        """Computes `strength * w_g / |w_g|`, 0 for long groups and zeros."""
        squares = self.squares(weights)
        lengths = norms(squares)
        slopes = self.group_strength(weights) * inverses(squares)
        return weights * ops.where(lengths < self.limit(lengths), slopes, 0.0)

    def proximal(self, weights: Tensor, step: float | Tensor) -> Tensor:
        """Shortens the groups that are not too long by `step * strength`."""
        squares = self.squares(weights)
        lengths = norms(squares)
        length = ops.convert_to_tensor(
            step * self.group_strength(weights), dtype=weights.dtype
        )
        limit = self.limit(lengths)
        longest = ops.where(
            length <= 2 * limit,
            limit + length / 2,
            ops.sqrt(2 * limit * length),
        )
        cut = ops.where(lengths < longest, shares(squares, length), 0.0)
        return weights - weights * cut

    def limit(self, lengths: Tensor) -> Tensor:
        """Returns the threshold for groups of these lengths."""
        if self.quantile is None:
            return ops.convert_to_tensor(self.threshold, dtype=lengths.dtype)
        ordered = ops.sort(ops.reshape(lengths, (-1,)))
        place = round(self.quantile * (math.prod(lengths.shape) - 1))
        return ops.stop_gradient(ordered[place])

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {
            **super().get_config(),
            "threshold": self.threshold,
            "quantile": self.quantile,
        }


def is_between(value: Any, least: float, largest: float) -> bool:
    """Whether a value is a finite number between two others."""
    return is_number(value) and least <= float(value) <= largest
