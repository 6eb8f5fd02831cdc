"""Layer normalization over some of the channels."""

from typing import Any

import keras
from keras import ops

from tfprune.layers.subset import Subset


@keras.saving.register_keras_serializable(package="tfprune")
class SubsetLayerNormalization(Subset, keras.layers.LayerNormalization):
    """Layer normalization whose statistics leave out dropped channels.

    Mean and variance are those of the kept channels, and what is dropped comes
    out as zero: the full-size twin of a `LayerNormalization` whose dropped
    channels were removed.

    Example:

    ```python
    layer = SubsetLayerNormalization(kept=[True, False, True])
    ```
    """

    def call(self, inputs: Any) -> Any:
        x = self.members(inputs)
        mask = self.mask(x)
        count = ops.sum(mask, axis=self.axis, keepdims=True)
        mean = ops.sum(x, axis=self.axis, keepdims=True) / count
        distance = (x - mean) * mask
        variance = (
            ops.sum(ops.square(distance), axis=self.axis, keepdims=True) / count
        )
        # The deprecated `rms_scaling` divides without subtracting the mean.
        y = x if self.rms_scaling else distance
        y = y / ops.sqrt(variance + self.epsilon)
        if self.gamma is not None:
            y = y * self._spread(self.gamma, x)
        if self.beta is not None:
            y = y + self._spread(self.beta, x)
        return ops.cast(y * mask, self.compute_dtype)

    def _spread(self, weight: Any, x: Any) -> Any:
        """A weight in the rank of the input."""
        shape = [1] * len(x.shape)
        for axis, size in zip(self.axis, weight.shape, strict=True):
            shape[axis] = size
        return ops.cast(ops.reshape(weight, shape), x.dtype)
