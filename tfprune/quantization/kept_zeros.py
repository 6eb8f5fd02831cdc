"""Weights that stay zero."""

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from tfprune.quantization.kept_weights import KeptWeights

Tensor = Any


@keras.saving.register_keras_serializable(package="tfprune")
class KeptZeros(KeptWeights):
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

    argument = "kept"

    def __init__(
        self, kept: NDArray[np.bool_] | dict[str, Any], constraint: Any = None
    ) -> None:
        super().__init__(kept, constraint)

    def kept(self, weights: Tensor) -> Tensor:
        """Sets weights to zero."""
        # Where a product would keep what is not finite.
        return ops.where(self.structure, weights, ops.zeros_like(weights))
