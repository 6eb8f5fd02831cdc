"""Scores by the L2 norm of filters."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tfprune.criteria.criterion import (
    CRITERIA,
    Criterion,
    kernels,
    summed_over,
)
from tfprune.graph import Group


@CRITERIA.register("l2_norm")
@dataclass(frozen=True)
class L2Norm(Criterion):
    """The Euclidean norm of all weights of a channel's filters.

    Filters of several producers that are tied count as one long filter.

    Example:

    ```python
    keep = tfprune.keep_mask(model, criterion="l2_norm", sparsity=0.5)
    ```

    Reference: He et al., "Soft Filter Pruning for Accelerating Deep
    Convolutional Neural Networks", IJCAI 2018 (arXiv:1808.06866), equation 2
    with p = 2.
    """

    def scores(self, group: Group) -> NDArray[np.floating] | None:
        squares = summed_over(
            kernels(group), lambda w: np.square(w).sum(axis=1)
        )
        return None if squares is None else np.sqrt(squares)
