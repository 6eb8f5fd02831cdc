"""The sign of weights times the mean magnitude of their filter."""

import math
from typing import Any, ClassVar

import keras
from keras import ops

from tfprune.quantizers.quantizer import QUANTIZERS, Quantizer, Statistics
from tfprune.quantizers.sign import signs
from tfprune.quantizers.straight_through import passing

Tensor = Any


@keras.saving.register_keras_serializable(package="tfprune")
@QUANTIZERS.register("magnitude_aware_sign")
class MagnitudeAwareSign(Quantizer):
    """The sign times the mean absolute weight of the filter.

    For a filter `W` of `n` weights, with `a = |W|_1 / n`:

    `q(w) = a sign(w)`, `dq/dw = 1/n + a if |w| <= 1 else 1/n`

    It is the best approximation of the filter by one bit a weight and one
    scale.

    Example:

    ```python
    layer = QuantConv2D(64, 3, kernel_quantizer="magnitude_aware_sign")
    ```

    Source: Rastegari et al., "XNOR-Net", 2016 (arXiv:1603.05279), equation 6
    and section 3.1.
    """

    statistics: ClassVar[Statistics] = "filter"

    @property
    def precision(self) -> int:
        """One bit."""
        return 1

    def integers(self, inputs: Tensor, training: bool = False) -> Tensor:
        return signs(inputs)

    def scale(self, inputs: Tensor) -> Tensor:
        """Computes the mean magnitude: float32 `(1, ..., 1, filters)`."""
        size = ops.abs(ops.cast(inputs, "float32"))
        over = tuple(range(len(inputs.shape) - 1))
        return ops.mean(size, axis=over, keepdims=True)

    def surrogate(self, inputs: Tensor) -> Tensor:
        weights = ops.cast(inputs, "float32")
        scale = ops.stop_gradient(self.scale(weights))
        count = math.prod(int(size) for size in inputs.shape[:-1])
        within = passing(weights, ops.abs(weights) <= 1)
        return weights / count + scale * within
