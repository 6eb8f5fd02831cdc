"""Weights that stay zero."""

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from tfprune.quantization.packed_array import packed, unpacked

Tensor = Any


@keras.saving.register_keras_serializable(package="tfprune")
class KeptZeros(keras.constraints.Constraint):
    """Sets weights to zero after each update that are to stay so.

    Args:
        kept: Which weights are not zero: bool array, or what `get_config`
            gives for it.
        constraint: A constraint that is applied first, or None.

    Example:

    ```python
    kernel_constraint = KeptZeros(kernel != 0)
    ```

    Source: Han et al., "Learning both Weights and Connections for Efficient
    Neural Networks", NeurIPS 2015 (arXiv:1506.02626), section 3.
    """

    def __init__(
        self, kept: NDArray[np.bool_] | dict[str, Any], constraint: Any = None
    ) -> None:
        if isinstance(kept, dict):
            kept = unpacked(kept)
        self.kept = np.asarray(kept, bool)
        self.constraint = keras.constraints.get(constraint)

    def __call__(self, w: Tensor) -> Tensor:
        """Sets weights to zero.

        Args:
            w: Weights of any float dtype.

        Returns:
            Tensor of the same shape and dtype.
        """
        w = ops.convert_to_tensor(w)
        if self.constraint is not None:
            w = self.constraint(w)
        # Where a product would keep what is not finite.
        return ops.where(self.kept, w, ops.zeros_like(w))

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {
            "kept": packed(self.kept),
            "constraint": keras.constraints.serialize(self.constraint)
            if self.constraint is not None
            else None,
        }
