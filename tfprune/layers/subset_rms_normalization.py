"""Root mean square normalization over some of the channels."""

from typing import Any

import keras
from keras import ops

from tfprune.layers.subset import Subset


@keras.saving.register_keras_serializable(package="tfprune")
class SubsetRMSNormalization(Subset, keras.layers.RMSNormalization):
    """RMS normalization whose mean square leaves out dropped channels.

    What is dropped comes out as zero.

    Example:

    ```python
    layer = SubsetRMSNormalization(kept=[True, False, True])
    ```
    """

    def call(self, x: Any) -> Any:
        members = self.members(x)
        mask = self.mask(members)
        count = ops.sum(mask, axis=self.axis, keepdims=True)
        power = ops.sum(ops.square(members), axis=self.axis, keepdims=True)
        y = members / ops.sqrt(power / count + self.epsilon)
        return ops.cast(y * ops.cast(self.scale, y.dtype), x.dtype)
