"""What is known of the values of channels whatever the input."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np

from tfprune.export.flatbuffer.tensor import NUMPY_TYPES, Tensor
from tfprune.graph.channels import Mask

# Runtimes round their sums in different orders.
MARGIN = 1e-5


@dataclass(frozen=True)
class Range:
    """Bounds of each channel, over all inputs and all positions.

    The arrays broadcast against the ids of the tensor.

    Attributes:
        lower: Real numbers that no value falls below; -inf where unknown.
        upper: Real numbers that no value exceeds; inf where unknown.
        constant: True where the value is the same for all inputs at all
            positions. Which one it is follows only where the bounds meet.
    """

    lower: np.ndarray
    upper: np.ndarray
    constant: Mask

    @classmethod
    def unknown(cls, rank: int) -> "Range":
        """Nothing is known of a tensor."""
        one = np.ones((1,) * rank)
        return cls(-np.inf * one, np.inf * one, one == 0)

    @property
    def is_zero(self) -> Mask:
        """Where every value is zero."""
        return self.constant & (self.lower == 0) & (self.upper == 0)

    def moved(self, move: Callable[[np.ndarray], np.ndarray]) -> "Range":
        """The range after a change of layout."""
        return Range(*(move(getattr(self, x.name)) for x in fields(self)))

    def spread(self, shape: Sequence[int]) -> "Range":
        """The range with every array at a shape."""
        return self.moved(lambda array: np.broadcast_to(array, shape))

    def hull(self, value: float) -> "Range":
        """The range of values in whose place another may stand."""
        return Range(
            np.minimum(self.lower, value),
            np.maximum(self.upper, value),
            self.constant & (self.lower == value) & (self.upper == value),
        )

    def clipped(self, lower: float, upper: float, margin: float) -> "Range":
        """The range after values are cut off at two ends.

        Args:
            lower: The lower end.
            upper: The upper end.
            margin: How far the bounds may be off, in proportion to them:
                what comes no nearer to the inside than that is cut off for
                sure.
        """
        spare = margin * (1 + magnitude(self.lower) + magnitude(self.upper))
        below = self.upper <= lower - spare
        above = self.lower >= upper + spare
        return Range(
            np.where(above, upper, np.clip(self.lower, lower, upper)),
            np.where(below, lower, np.clip(self.upper, lower, upper)),
            np.asarray(self.constant | below | above),
        )

    def mapped(self, function: Callable[[np.ndarray], np.ndarray]) -> "Range":
        """The range after a function that never falls."""
        with np.errstate(all="ignore"):
            return Range(
                function(self.lower), function(self.upper), self.constant
            )

    def somewhere(self) -> "Range":
        """The range after a function that is not followed."""
        return Range(
            np.full_like(self.lower, -np.inf),
            np.full_like(self.upper, np.inf),
            self.constant,
        )

    def reduced(self, axis: int, keepdims: bool = True) -> "Range":
        """One range for all positions of an axis."""
        first = [
            np.take(array, [0], axis) for array in (self.lower, self.upper)
        ]
        same = (self.lower == first[0]) & (self.upper == first[1])
        meets = self.lower == self.upper
        alone = self.constant.shape[axis] == 1
        constant = self.constant & (alone | (same & meets))
        return Range(
            self.lower.min(axis, keepdims=keepdims),
            self.upper.max(axis, keepdims=keepdims),
            constant.all(axis, keepdims=keepdims),
        )

    def conformed(self, shape: Sequence[int]) -> "Range":
        """The range in the layout of ids, one a channel."""
        full = self.spread(
            np.broadcast_shapes(
                self.lower.shape, self.upper.shape, self.constant.shape
            )
        )
        for axis, size in enumerate(shape):
            if size == 1 and full.constant.shape[axis] > 1:
                full = full.reduced(axis)
        return full.spread(np.broadcast_shapes(full.lower.shape, shape))

    def fitted(self, tensor: Tensor) -> "Range":
        """The range of what a tensor of scaled integers can hold."""
        scale, point = tensor.scale(), tensor.zero_point()
        if scale is None or point is None:
            return self
        dtype = NUMPY_TYPES.get(tensor.dtype)
        if dtype is None or not np.issubdtype(dtype, np.integer):
            return self
        ends = np.iinfo(dtype)
        lower = scale * (float(ends.min) - point)
        upper = scale * (float(ends.max) - point)
        # A value moves by up to half a step when it is rounded.
        loose = Range(
            np.where(self.is_zero, 0.0, self.lower - scale),
            np.where(self.is_zero, 0.0, self.upper + scale),
            self.constant,
        )
        return loose.clipped(lower, upper, 0.0)


def magnitude(ends: np.ndarray) -> np.ndarray:
    """Absolute values of bounds; 0 where they are open."""
    return np.where(np.isfinite(ends), np.abs(ends), 0.0)
