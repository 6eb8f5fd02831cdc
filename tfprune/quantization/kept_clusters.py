"""Weights that stay equal to others."""

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from tfprune.quantization.kept_weights import KeptWeights

Tensor = Any


@keras.saving.register_keras_serializable(package="tfprune")
class KeptClusters(KeptWeights):
    """Gives weights of one cluster their mean after each update.

    Weights that were equal before take the mean of their steps, so that it is
    the centroids that train.

    Args:
        clusters: The number of each weight's cluster, from 0: integer array
            of the shape of the weights, or what `get_config` gives for it.
        constraint: A constraint that is applied first, or None.

    Example:

    ```python
    values, clusters = np.unique(kernel, return_inverse=True)
    kernel_constraint = KeptClusters(clusters.reshape(kernel.shape))
    ```

    Source: Han et al., "Deep Compression", ICLR 2016 (arXiv:1510.00149),
    section 3.3.
    """

    argument = "clusters"

    def __init__(
        self,
        clusters: NDArray[np.integer] | dict[str, Any],
        constraint: Any = None,
    ) -> None:
        super().__init__(clusters, constraint)
        # Of those that were sliced, some clusters may have no weight.
        _, numbers = np.unique(self.structure, return_inverse=True)
        self._numbers = numbers.astype("int32").ravel()
        self._sizes = np.bincount(self._numbers).astype("float32")

    def kept(self, weights: Tensor) -> Tensor:
        """Gives weights the mean of their cluster."""
        sums = ops.segment_sum(
            ops.cast(ops.reshape(weights, (-1,)), "float32"),
            self._numbers,
            num_segments=len(self._sizes),
        )
        means = ops.take(sums / self._sizes, self._numbers)
        return ops.cast(ops.reshape(means, weights.shape), weights.dtype)
