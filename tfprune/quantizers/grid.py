"""The whole numbers that stand for a range of real ones."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Grid:
    """How LiteRT stores numbers of a range: `real = scale (whole - zero)`.

    Attributes:
        scale: float32, a scalar or one number for each filter.
        zero_point: The whole number that stands for zero, int32 of the same
            shape; 0 for symmetric ranges.
        lowest: The smallest whole number.
        highest: The largest.
    """

    scale: NDArray[np.float32]
    zero_point: NDArray[np.int32]
    lowest: int
    highest: int

    @property
    def low(self) -> NDArray[np.float32]:
        """The real number that the smallest whole number stands for."""
        return self._real(self.lowest)

    @property
    def high(self) -> NDArray[np.float32]:
        """The real number that the largest whole number stands for."""
        return self._real(self.highest)

    def whole(self, values: NDArray[np.floating]) -> NDArray[np.int32]:
        """Computes what is stored for real numbers.

        Args:
            values: Array whose last axis the scales lie along.
        """
        steps = np.rint(np.asarray(values, "float32") / self.scale)
        whole = steps + self.zero_point
        return np.clip(whole, self.lowest, self.highest).astype("int32")

    def real(self, whole: NDArray[np.integer]) -> NDArray[np.float32]:
        """Computes what stored numbers stand for."""
        distance = np.asarray(whole - self.zero_point, "float32")
        return np.asarray(distance * self.scale, "float32")

    def _real(self, whole: int) -> NDArray[np.float32]:
        return self.real(np.full(self.scale.shape, whole))
