"""What keeps the structure of weights, behind another constraint."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from tfprune.quantization.packed_array import packed, unpacked
from tfprune.quantization.sliced import sliced

Tensor = Any


class KeptWeights(keras.constraints.Constraint):
    """Base of the constraints that keep what an array tells of weights.

    Args:
        structure: Array of the shape of the weights, or what `get_config`
            gives for it.
        constraint: A constraint that is applied first, or None.
    """

    argument: ClassVar[str]
    """Name of the array among the arguments of the subclass."""

    def __init__(
        self, structure: NDArray[Any] | dict[str, Any], constraint: Any
    ) -> None:
        if isinstance(structure, dict):
            structure = unpacked(structure)
        self.structure = structure
        self.constraint = keras.constraints.get(constraint)

    @abstractmethod
    def kept(self, weights: Tensor) -> Tensor:
        """Computes the weights with the structure that they had."""

    def __call__(self, w: Tensor) -> Tensor:
        """Computes the weights after both constraints.

        Args:
            w: Weights of any float dtype.

        Returns:
            Tensor of the same shape and dtype.
        """
        w = ops.convert_to_tensor(w)
        return self.kept(w if self.constraint is None else self.constraint(w))

    def sliced(self, kept: Sequence[NDArray[np.bool_]]) -> Self:
        """The same for the weights that stay.

        Args:
            kept: For each axis of the weights, which positions stay.
        """
        structure = self.structure[np.ix_(*kept)]
        return type(self)(structure, sliced(self.constraint, kept))

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {
            self.argument: packed(self.structure),
            "constraint": keras.constraints.serialize(self.constraint)
            if self.constraint is not None
            else None,
        }
