"""What layers that compute over some of their channels share."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops


class Subset:
    """Lets a layer compute over some of its channels only.

    Goes before the layer class among the parents.

    Args:
        kept: For each channel whether it is counted.
        kept_axis: Axis of the input that the channels lie on.
    """

    def __init__(
        self,
        *args: Any,
        kept: Sequence[bool],
        kept_axis: int = -1,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kept = [bool(x) for x in kept]
        self.kept_axis = kept_axis

    def get_config(self) -> dict[str, Any]:
        config: Any = super()
        return {
            **config.get_config(),
            "kept": list(self.kept),
            "kept_axis": self.kept_axis,
        }

    def mask(self, x: Any) -> Any:
        """One for each number of a kept channel, else zero; shape of `x`."""
        shape = [1] * len(x.shape)
        shape[self.kept_axis] = len(self.kept)
        kept = np.reshape(np.array(self.kept, "float32"), shape)
        return ops.ones_like(x) * ops.cast(kept, x.dtype)

    def members(self, inputs: Any) -> Any:
        """The input with zeros in dropped channels, not in half precision."""
        dtype = keras.backend.result_type(inputs.dtype, "float32")
        x = ops.cast(inputs, dtype)
        return ops.where(self.mask(x) > 0, x, ops.zeros_like(x))
