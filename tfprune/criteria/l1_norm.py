"""Scores by the L1 norm of filters."""

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


@CRITERIA.register("l1_norm")
@dataclass(frozen=True)
class L1Norm(Criterion):
    """The sum of the absolute weights of a channel's filters.

    Filters of several producers that are tied add up.

    Example:

    ```python
    keep = tfprune.keep_mask(model, criterion="l1_norm", sparsity=0.5)
    ```

    Reference: Li et al., "Pruning Filters for Efficient ConvNets", ICLR 2017
    (arXiv:1608.08710), section 3.1.
    """

    def scores(self, group: Group) -> NDArray[np.floating] | None:
        return summed_over(kernels(group), lambda w: np.abs(w).sum(axis=1))
