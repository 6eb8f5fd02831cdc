"""A dot product over some of the channels."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from tfprune.layers.subset import Subset


@keras.saving.register_keras_serializable(package="tfprune")
class SubsetDot(Subset, keras.layers.Dot):
    """A dot product that leaves out dropped channels.

    Zero weights alone do not do that: an activation may turn them into
    something else.

    Example:

    ```python
    layer = SubsetDot(axes=-1, kept=[True, False, True])
    ```
    """

    def call(self, inputs: Sequence[Any]) -> Any:
        pair = isinstance(self.axes, (list, tuple))
        axes = self.axes if pair else (self.axes, self.axes)
        members = [
            ops.cast(self.members(x, axis), x.dtype)
            for x, axis in zip(inputs, axes, strict=True)
        ]
        return super().call(members)
