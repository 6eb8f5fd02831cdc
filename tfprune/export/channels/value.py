"""A tensor of a flatbuffer as the channel graph sees it."""

from dataclasses import dataclass

import numpy as np

from tfprune.export.channels.ranges import Range
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.graph.binding import UncoveredError
from tfprune.graph.channels import CONSTANT, Ids

# Numbers of a tensor that are looked at one by one.
MAX_SPREAD = 1 << 26


@dataclass(frozen=True, eq=False)
class Value:
    """A computed tensor: channel ids, and bounds, in place of numbers.

    Attributes:
        tensor: The tensor.
        ids: Integer array of the tensor's rank, with size 1 on every axis
            along which the ids do not vary; `CONSTANT` where nothing can go.
        range: Bounds in the same layout.
    """

    tensor: Tensor
    ids: Ids
    range: Range

    @classmethod
    def anything(cls, tensor: Tensor) -> "Value":
        """A tensor of which nothing can be removed, nor is known."""
        rank = len(tensor.shape)
        ids = np.full((1,) * rank, CONSTANT)
        return cls(tensor, ids, Range.unknown(rank))

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the axes."""
        return self.tensor.shape

    @property
    def rank(self) -> int:
        """Number of axes."""
        return len(self.tensor.shape)

    @property
    def channel_axis(self) -> int | None:
        """The axis along which the ids vary; None where none can go."""
        long = [i for i, size in enumerate(self.ids.shape) if size > 1]
        return long[0] if long else None

    def spread(self, array: np.ndarray) -> np.ndarray:
        """An array in the layout of the ids, at the tensor's full shape.

        Raises:
            UncoveredError: When that takes too much memory.
        """
        if self.tensor.size > MAX_SPREAD:
            raise UncoveredError(f"mixes the axes of the shape {self.shape}")
        return np.broadcast_to(array, self.shape)
