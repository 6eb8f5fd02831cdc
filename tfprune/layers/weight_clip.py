"""Weights kept between two bounds."""

from typing import Any

import keras
from keras import ops

from tfprune.errors import InvalidInputError

Tensor = Any


@keras.saving.register_keras_serializable(package="tfprune")
class WeightClip(keras.constraints.Constraint):
    """Clips weights after each update, so that a sign can still be learned.

    Latent weights far from zero would never change their sign again, and have
    no gradient.

    Args:
        bound: The largest magnitude, more than 0.
        center: Whether the mean over the input channels (the last axis but
            one) is taken off first, as the authors of XNOR-Net do.

    Raises:
        InvalidInputError: When `bound` is out of range.

    Example:

    ```python
    layer = QuantDense(
        512, kernel_quantizer="sign", kernel_constraint=WeightClip(1.0)
    )
    ```

    Source: Courbariaux et al., "BinaryConnect", 2015 (arXiv:1511.00363),
    section 2.4; github.com/allenai/XNOR-Net, `util.lua`.
    """

    def __init__(self, bound: float = 1.0, center: bool = False) -> None:
        if not (isinstance(bound, int | float) and 0 < bound < float("inf")):
            raise InvalidInputError(
                "Expected bound of WeightClip to be a finite number > 0. "
                f"Received: bound={bound!r}."
            )
        self.bound = float(bound)
        self.center = bool(center)

    def __call__(self, w: Tensor) -> Tensor:
        """Clips.

        Args:
            w: Weights of any float dtype.

        Returns:
            Tensor of the same shape and dtype.
        """
        w = ops.convert_to_tensor(w)
        if self.center:
            w = w - ops.mean(w, axis=-2, keepdims=True)
        return ops.clip(w, -self.bound, self.bound)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {"bound": self.bound, "center": self.center}
