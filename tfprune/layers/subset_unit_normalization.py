"""Scaling to unit length over some of the channels."""

from typing import Any

import keras
from keras import ops

from tfprune.layers.subset import Subset

SMALLEST = 1e-12
"""The length that Keras divides by at least."""


@keras.saving.register_keras_serializable(package="tfprune")
class SubsetUnitNormalization(Subset, keras.layers.UnitNormalization):
    """Unit normalization whose length leaves out dropped channels.

    What is dropped comes out as zero.

    Example:

    ```python
    layer = SubsetUnitNormalization(kept=[True, False, True])
    ```
    """

    def call(self, inputs: Any) -> Any:
        x = self.members(inputs)
        squares = ops.sum(ops.square(x), axis=self.axis, keepdims=True)
        y = x / ops.maximum(ops.sqrt(squares), SMALLEST)
        return ops.cast(y, inputs.dtype)
