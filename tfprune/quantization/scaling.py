"""How weights came out of those that they stand for."""

from typing import Any

import numpy as np
from keras import ops

from tfprune.quantizers.straight_through import straight_through

Tensor = Any


class Scaling:
    """Weights that are a scale and a shift of other weights.

    `w = scale v + shift`, perhaps reshaped. Where the scale is zero nothing is
    left of `v`: there 1 stands for it.

    Args:
        scale: Number, or array that is broadcast to the weights.
        shift: What was added, likewise.
        shape: The shape of `v`; None for that of the weights.
    """

    def __init__(self, scale: Any, shift: Any = 0.0, shape: Any = None) -> None:
        factor = np.asarray(scale, "float64")
        self.scale = np.where(factor == 0, 1.0, factor)
        self.shift = np.asarray(shift, "float64")
        self.shape = None if shape is None else tuple(shape)

    def before(self, weights: Tensor) -> Tensor:
        """Computes `v`, with the slope that moves `w` as `v` would move."""
        weights = ops.convert_to_tensor(weights)
        scale, shift = self._cast(weights)
        # The slope of the quotient would grow without bounds as the scale of
        # a channel vanishes.
        v = straight_through((weights - shift) / scale, weights * scale)
        return v if self.shape is None else ops.reshape(v, self.shape)

    def after(self, v: Tensor, weights: Tensor) -> Tensor:
        """Computes `w`, in the shape that the weights have."""
        scale, shift = self._cast(weights)
        return ops.reshape(v, weights.shape) * scale + shift

    def _cast(self, weights: Tensor) -> tuple[Tensor, Tensor]:
        dtype = weights.dtype
        return ops.cast(self.scale, dtype), ops.cast(self.shift, dtype)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {
            "scale": self.scale.tolist(),
            "shift": self.shift.tolist(),
            "shape": self.shape,
        }
