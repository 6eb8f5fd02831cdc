"""The magnitude of a layer's inputs, which their signs do not tell."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from tfprune.errors import InvalidInputError

Tensor = Any


@keras.saving.register_keras_serializable(package="tfprune")
class InputScale:
    """What the outputs of a layer with binary inputs are multiplied by.

    That is `K = A * k`: the mean magnitude `A` of the inputs over the
    channels, averaged over the window `k` of each output.

    Args:
        kept: For each channel whether it is counted; None for all.

    Example:

    ```python
    layer = QuantConv2D(64, 3, input_quantizer="sign", input_scale=True)
    ```

    Source: Rastegari et al., "XNOR-Net", 2016 (arXiv:1603.05279), section 3.2.
    """

    def __init__(self, kept: Sequence[bool] | None = None) -> None:
        self.kept = None if kept is None else [bool(x) for x in kept]

    def magnitude(self, inputs: Tensor, axis: int) -> Tensor:
        """Computes the mean magnitude over the channels.

        Args:
            inputs: Float tensor, as it is before it is quantized.
            axis: The axis of the channels.

        Returns:
            Tensor of the dtype of the inputs, with one channel.
        """
        size = ops.abs(ops.cast(inputs, "float32"))
        if self.kept is not None:
            size = ops.take(size, np.flatnonzero(self.kept), axis=axis)
        mean = ops.mean(size, axis=axis, keepdims=True)
        return ops.cast(mean, inputs.dtype)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {"kept": self.kept}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "InputScale":
        """Makes one from its arguments."""
        return cls(**config)

    @classmethod
    def of(cls, value: Any, owner: str) -> "InputScale | None":
        """From what a layer is given: a bool, None, an object or its config.

        Args:
            value: What the user gave.
            owner: Class of the layer, for messages.

        Raises:
            InvalidInputError: When it is something else.
        """
        if value is None or isinstance(value, bool | np.bool_):
            return cls() if value else None
        found = value
        if isinstance(value, dict) and "class_name" in value:
            found = keras.saving.deserialize_keras_object(value)
        if not isinstance(found, cls):
            raise InvalidInputError(
                f"Expected input_scale of {owner} to be True, False or an "
                f"InputScale. Received: input_scale={value!r}."
            )
        return found
