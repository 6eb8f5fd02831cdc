"""Layer normalization in steps that integers are computed in."""

from typing import Any

import keras
from keras import ops

from tfprune.quantizers import MovingFakeQuant
from tfprune.quantizers.quantizer import Shape

Tensor = Any

STEPS = ("mean", "centered", "square", "variance", "shifted", "inverse")
"""What is rounded on the way, in order."""

LARGEST = 1e30
"""What any range is clipped to its end by."""


@keras.saving.register_keras_serializable(package="tfprune")
class QuantLayerNormalization(keras.layers.LayerNormalization):
    """Layer normalization whose every step is rounded to 8 bits.

    `y = (x - mean) * rsqrt(variance + epsilon)`

    LiteRT has no kernel for the whole, so a file of integers holds the steps,
    each with a range that follows the data in training. What comes out is not
    rounded: a quantizer goes behind the layer. A scale and a shift are layers
    of their own.

    A variance that is rounded to zero has the largest inverse in the range, as
    in LiteRT; while ranges are learned, that of one step of the variance.

    Args:
        momentum: How much of the old ranges stays, from 0 to less than 1.
        **kwargs: What `keras.layers.LayerNormalization` takes, but for
            `scale` and `center`, which are False.

    Raises:
        InvalidInputError: When `momentum` is out of range.

    Example:

    ```python
    x = MovingFakeQuant()(QuantLayerNormalization(axis=-1)(x))
    ```

    Source: Jacob et al., 2018 (arXiv:1712.05877), section 3.
    """

    def __init__(self, *, momentum: float = 0.99, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "scale": False, "center": False})
        self.momentum = momentum
        for step in STEPS:
            quantizer = MovingFakeQuant(momentum=momentum, name=step)
            setattr(self, f"{step}_quantizer", quantizer)

    def build(self, input_shape: Shape) -> None:
        """Makes the ranges."""
        super().build(input_shape)
        for step in STEPS:
            getattr(self, f"{step}_quantizer").build(input_shape)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Normalizes.

        Args:
            inputs: Float tensor.
            training: Whether the layer is training.

        Returns:
            Tensor of the shape of the inputs and the compute dtype.
        """
        x = ops.cast(inputs, "float32")
        axis = tuple(self.axis)
        mean = self.mean_quantizer(ops.mean(x, axis=axis, keepdims=True))
        centered = self.centered_quantizer(ops.subtract(x, mean))
        square = self.square_quantizer(ops.multiply(centered, centered))
        variance = ops.mean(square, axis=axis, keepdims=True)
        variance = self.variance_quantizer(variance)
        shifted = self.shifted_quantizer(ops.add(variance, self.epsilon))
        inverse = self.inverse_quantizer(self._inverse(shifted, training))
        y = ops.multiply(centered, inverse)
        return ops.cast(y, self.compute_dtype)

    def _inverse(self, shifted: Tensor, training: bool) -> Tensor:
        """The inverse root of a variance, which rounding may have made 0."""
        quantizer = self.shifted_quantizer
        if quantizer.shows_range and not training:
            return ops.rsqrt(shifted)
        step = quantizer.scale(shifted)
        learns = training or quantizer.widens
        above = ops.where(shifted > 0, shifted, step)
        if learns:
            return ops.rsqrt(above)
        return ops.where(shifted > 0, ops.rsqrt(above), LARGEST)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {**super().get_config(), "momentum": self.momentum}
