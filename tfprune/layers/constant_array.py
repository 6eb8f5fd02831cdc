"""An array as a layer, so that it can be rounded like a tensor."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

Tensor = Any


@keras.saving.register_keras_serializable(package="tfprune")
class ConstantArray(keras.layers.Layer):
    """Returns an array, whatever it is called on.

    `tfprune.quantize_aware` puts it in the place of arrays among the arguments
    of operations, so that a range can lie behind them. It does not train.

    Args:
        array_shape: Shape of the array without the batch axis. It is zeros at
            first; its numbers are the layer's only weight, `array`.
        **kwargs: What `keras.layers.Layer` takes.

    Example:

    ```python
    layer = ConstantArray((49, 64))
    layer.array.assign(places)
    x = keras.layers.Add()([x, MovingFakeQuant()(layer(x))])
    ```
    """

    def __init__(self, array_shape: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.array_shape = tuple(array_shape)
        self.array = self.add_weight(
            shape=self.array_shape,
            initializer="zeros",
            trainable=False,
            name="array",
        )

    def call(self, inputs: Tensor) -> Tensor:
        """Returns the array.

        Args:
            inputs: Any tensor.

        Returns:
            Tensor of shape `(1, *array_shape)` and the compute dtype.
        """
        return ops.cast(self.array, self.compute_dtype)[None]

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {**super().get_config(), "array_shape": self.array_shape}
