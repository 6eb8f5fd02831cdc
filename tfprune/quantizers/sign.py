"""The sign of a number, with the straight-through estimator."""

from typing import Any

import keras
from keras import ops

from tfprune.quantizers.quantizer import QUANTIZERS, Quantizer
from tfprune.quantizers.straight_through import passing

Tensor = Any


def signs(inputs: Tensor) -> Tensor:
    """-1 for numbers below zero, +1 for the others, zero included."""
    one = ops.ones_like(inputs)
    return ops.where(inputs >= 0, one, -one)


@keras.saving.register_keras_serializable(package="tfprune")
@QUANTIZERS.register("sign")
class Sign(Quantizer):
    """The sign: one bit.

    `q(x) = +1 if x >= 0 else -1`, `dq/dx = 1 if |x| <= 1 else 0`

    Example:

    ```python
    layer = QuantDense(512, input_quantizer="sign", kernel_quantizer="sign")
    ```

    Source: Courbariaux et al., "Binarized Neural Networks", 2016
    (arXiv:1602.02830), equations 1 and 4.
    """

    @property
    def precision(self) -> int:
        """One bit."""
        return 1

    def integers(self, inputs: Tensor, training: bool = False) -> Tensor:
        return signs(inputs)

    def surrogate(self, inputs: Tensor) -> Tensor:
        return passing(inputs, ops.abs(inputs) <= 1)
