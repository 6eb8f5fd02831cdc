"""How weights came out of those that they stand for."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from tfprune.errors import InvalidInputError
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

    def sliced(
        self, kept: Sequence[NDArray[np.bool_]]
    ) -> tuple["Scaling", Sequence[NDArray[np.bool_]]]:
        """The same for the weights that stay.

        Args:
            kept: For each axis of the weights `w`, which positions stay.

        Returns:
            The scaling, and which positions of each axis of `v` stay.

        Raises:
            InvalidInputError: When what stays of `v` is no array of its rank.
        """
        scale, shift = (compressed(x, kept) for x in (self.scale, self.shift))
        if self.shape is None:
            return Scaling(scale, shift), kept
        numbers = np.arange(np.prod(self.shape)).reshape([len(x) for x in kept])
        numbers = numbers[np.ix_(*kept)].ravel()
        kept_before = [
            np.isin(np.arange(size), places)
            for size, places in zip(
                self.shape, np.unravel_index(numbers, self.shape), strict=True
            )
        ]
        shape = tuple(int(x.sum()) for x in kept_before)
        if np.prod(shape) != len(numbers):
            raise InvalidInputError(
                "Expected channels to go as a whole from weights that stand "
                f"for others of the shape {self.shape}. Received: weights of "
                f"which {len(numbers)} stay. Remove the channels before "
                "tfprune.quantize_aware, or take the constraints and "
                "regularizers of the layer off."
            )
        return Scaling(scale, shift, shape), kept_before

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {
            "scale": self.scale.tolist(),
            "shift": self.shift.tolist(),
            "shape": self.shape,
        }


def compressed(
    array: NDArray[np.float64], kept: Sequence[NDArray[np.bool_]]
) -> NDArray[np.float64]:
    """An array that is broadcast to weights, for the weights that stay."""
    for axis, positions in zip(
        range(-array.ndim, 0), kept[len(kept) - array.ndim :], strict=True
    ):
        if array.shape[axis] > 1:
            array = np.compress(positions, array, axis=axis)
    return array
