"""A constant among the inputs of an operator."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tfprune.export.channels import elements
from tfprune.export.flatbuffer.numbers import numbers_of
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.graph.binding import UncoveredError


@dataclass(frozen=True, eq=False)
class Operand:
    """A constant, or what a `DEQUANTIZE` makes of one.

    Attributes:
        holders: The tensors that hold it: the constant first, then what it
            is turned into.
        position: Which input of the operator it is.
    """

    holders: Sequence[Tensor]
    position: int

    @property
    def constant(self) -> Tensor:
        """The tensor that the file holds."""
        return self.holders[0]

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the axes."""
        return self.constant.shape

    @property
    def is_readable(self) -> bool:
        """Whether its axes can be shortened."""
        return elements.can_read(self.constant)

    @property
    def offsets(self) -> np.ndarray:
        """The stored numbers less their zero points."""
        return elements.offsets(self.constant)

    @property
    def real(self) -> np.ndarray:
        """The real numbers, float64."""
        return elements.real(self.constant)

    def integers(self) -> list[int]:
        """A list of sizes or positions.

        Raises:
            UncoveredError: When it holds anything but plain integers.
        """
        found = numbers_of(self.constant)
        if found is None:
            raise UncoveredError(f"'{self.constant.name}' holds no integers")
        return found
