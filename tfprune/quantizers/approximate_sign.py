"""The sign of a number, with a triangular gradient."""

from typing import Any

import keras
from keras import ops

from tfprune.quantizers.quantizer import QUANTIZERS
from tfprune.quantizers.sign import Sign
from tfprune.quantizers.straight_through import passing

Tensor = Any


@keras.saving.register_keras_serializable(package="tfprune")
@QUANTIZERS.register("approximate_sign")
class ApproximateSign(Sign):
    """The sign, with the gradient of a piecewise parabola.

    `q(x) = +1 if x >= 0 else -1`, `dq/dx = 2 - 2 |x| if |x| <= 1 else 0`

    Example:

    ```python
    layer = QuantConv2D(64, 3, input_quantizer="approximate_sign")
    ```

    Source: Liu et al., "Bi-Real Net", 2018 (arXiv:1808.00278), equation 8.
    """

    def surrogate(self, inputs: Tensor) -> Tensor:
        size = ops.abs(inputs)
        return passing(inputs, size <= 1) * (2 - ops.minimum(size, 2))
