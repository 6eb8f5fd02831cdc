"""Weights that stay equal to others."""

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from tfprune.quantization.packed_array import packed, unpacked

Tensor = Any


@keras.saving.register_keras_serializable(package="tfprune")
class KeptClusters(keras.constraints.Constraint):
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

    def __init__(
        self,
        clusters: NDArray[np.integer] | dict[str, Any],
        constraint: Any = None,
    ) -> None:
        if isinstance(clusters, dict):
            clusters = unpacked(clusters)
        self.clusters = np.asarray(clusters, "int32")
        self.constraint = keras.constraints.get(constraint)
        self._sizes = np.bincount(self.clusters.ravel()).astype("float32")

    def __call__(self, w: Tensor) -> Tensor:
        """Gives weights the mean of their cluster.

        Args:
            w: Weights of any float dtype.

        Returns:
            Tensor of the same shape and dtype.
        """
        w = ops.convert_to_tensor(w)
        if self.constraint is not None:
            w = self.constraint(w)
        numbers = self.clusters.ravel()
        sums = ops.segment_sum(
            ops.cast(ops.reshape(w, (-1,)), "float32"),
            numbers,
            num_segments=len(self._sizes),
        )
        means = ops.take(sums / self._sizes, numbers)
        return ops.cast(ops.reshape(means, w.shape), w.dtype)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {
            "clusters": packed(self.clusters),
            "constraint": keras.constraints.serialize(self.constraint)
            if self.constraint is not None
            else None,
        }
