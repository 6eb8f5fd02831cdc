"""A mark beside layers that compute in float32 among integers."""

from typing import Any

import keras
from keras import ops

Tensor = Any


@keras.saving.register_keras_serializable(package="tfprune")
class FloatResult(keras.layers.Layer):
    """Marks what a layer that is not quantized returns, or takes.

    It changes nothing. TensorFlow's converter quantizes whatever lies between
    two ranges, and some of what follows one; this stands between the layer and
    the range.

    Attributes:
        bars: Whether the mark is written into the graph, as a cast to float64
            and back; export sets it for a while, and takes the casts off.

    Args:
        **kwargs: What `keras.layers.Layer` takes.

    Example:

    ```python
    x = MovingFakeQuant()(FloatResult()(keras.layers.ELU()(x)))
    ```
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bars = False
        self.supports_masking = True

    def call(self, inputs: Tensor) -> Tensor:
        """Returns the inputs.

        Args:
            inputs: Float tensor.
        """
        if self.bars:
            return ops.cast(ops.cast(inputs, "float64"), inputs.dtype)
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the inputs."""
        return input_shape
