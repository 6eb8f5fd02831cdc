"""Weights of three levels."""

from typing import Any, ClassVar

import keras
from keras import ops

from tfprune.quantizers.quantizer import QUANTIZERS, Quantizer, Statistics
from tfprune.quantizers.settings import as_number

Tensor = Any


@keras.saving.register_keras_serializable(package="tfprune")
@QUANTIZERS.register("ternary")
class Ternary(Quantizer):
    """Three levels a filter: nothing, and plus or minus its scale.

    With the threshold `d = threshold * mean |W|` of a filter `W`, and `a` the
    mean of the magnitudes that are above it:

    `q(w) = a sign(w) if |w| > d else 0`, `dq/dw = 1`

    Args:
        threshold: The part of the mean magnitude up to which weights become
            zero, more than 0.
        **kwargs: `name`, `trainable` and `dtype`, as for any Keras layer.

    Raises:
        InvalidInputError: When `threshold` is out of range.

    Example:

    ```python
    layer = QuantConv2D(64, 3, kernel_quantizer="ternary")
    ```

    Source: Li et al., "Ternary Weight Networks", 2016 (arXiv:1605.04711),
    equations 3, 5 and 6.
    """

    statistics: ClassVar[Statistics] = "filter"
    keeps_zero: ClassVar[bool] = True

    def __init__(self, threshold: float = 0.7, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.threshold = as_number(
            threshold, "threshold", type(self).__name__, above=0
        )

    @property
    def precision(self) -> int:
        """Two bits."""
        return 2

    def integers(self, inputs: Tensor, training: bool = False) -> Tensor:
        kept = ops.cast(self._above(inputs), inputs.dtype)
        return ops.sign(inputs) * kept

    def scale(self, inputs: Tensor) -> Tensor:
        """Computes the mean of the magnitudes above the threshold.

        Returns:
            float32 `(1, ..., 1, filters)`, zero for a filter of zeros.
        """
        size = ops.abs(ops.cast(inputs, "float32"))
        kept = ops.cast(self._above(inputs), "float32")
        over = tuple(range(len(inputs.shape) - 1))
        total = ops.sum(size * kept, axis=over, keepdims=True)
        return total / ops.maximum(ops.sum(kept, axis=over, keepdims=True), 1)

    def _above(self, inputs: Tensor) -> Tensor:
        size = ops.abs(ops.cast(inputs, "float32"))
        over = tuple(range(len(inputs.shape) - 1))
        mean = ops.mean(size, axis=over, keepdims=True)
        return size > self.threshold * mean

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {**super().get_config(), "threshold": self.threshold}
