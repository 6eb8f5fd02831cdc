"""Group normalization over some of the channels."""

from typing import Any

import keras
import numpy as np
from keras import ops

from tfprune.layers.subset import Subset


@keras.saving.register_keras_serializable(package="tfprune")
class SubsetGroupNormalization(Subset, keras.layers.GroupNormalization):
    """Group normalization whose statistics leave out dropped channels.

    Mean and variance of a group are those of its kept channels, and what is
    dropped comes out as zero.

    Example:

    ```python
    layer = SubsetGroupNormalization(2, kept=[True, False, True, True])
    ```
    """

    def call(self, inputs: Any) -> Any:
        x = ops.moveaxis(self.members(inputs), self.axis, -1)
        places = list(range(1, len(x.shape) - 1))
        average = ops.cast(self._average(), x.dtype)

        def over_groups(values: Any) -> Any:
            if places:
                values = ops.mean(values, axis=places, keepdims=True)
            return ops.matmul(values, average)

        distance = x - over_groups(x)
        variance = over_groups(ops.square(distance))
        y = distance / ops.sqrt(variance + self.epsilon)
        if self.gamma is not None:
            y = y * ops.cast(self.gamma, x.dtype)
        if self.beta is not None:
            y = y + ops.cast(self.beta, x.dtype)
        y = ops.moveaxis(y, -1, self.axis)
        return ops.cast(y * self.mask(y), self.compute_dtype)

    def _average(self) -> np.ndarray:
        """What takes each channel to the mean of its group, as a matrix."""
        kept = np.array(self.kept, "float64")
        group = np.arange(len(kept)) // (len(kept) // self.groups)
        counted = (group[:, None] == group[None, :]) * kept[:, None]
        # A group that is dropped as a whole has no mean; it comes out as zero.
        return counted / np.maximum(counted.sum(axis=0, keepdims=True), 1)
