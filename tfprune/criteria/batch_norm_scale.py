"""Scores by the scale of batch normalization."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tfprune.criteria.criterion import CRITERIA, Criterion, summed_over
from tfprune.graph import Group


@CRITERIA.register("batch_norm_scale")
@dataclass(frozen=True)
class BatchNormScale(Criterion):
    """The absolute gamma of the batch normalizations of a channel.

    Groups without batch normalization are left alone.

    Example:

    ```python
    keep = tfprune.keep_mask(
        model, criterion="batch_norm_scale", sparsity=0.5
    )
    ```

    Reference: Liu et al., "Learning Efficient Convolutional Networks through
    Network Slimming", ICCV 2017 (arXiv:1708.06519), section 3.
    """

    def scores(self, group: Group) -> NDArray[np.floating] | None:
        scales = [x for x in group.slices if x.axis.weight == "gamma"]
        return summed_over(scales, lambda w: np.abs(w).sum(axis=1))
