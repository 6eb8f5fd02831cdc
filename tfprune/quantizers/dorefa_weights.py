"""Weights of few bits as DoReFa-Net has them."""

from typing import Any, ClassVar

import keras
from keras import ops

from tfprune.quantizers.quantizer import QUANTIZERS, Quantizer, Statistics
from tfprune.quantizers.settings import as_bits
from tfprune.quantizers.sign import signs

Tensor = Any


@keras.saving.register_keras_serializable(package="tfprune")
@QUANTIZERS.register("dorefa_weights")
class DoReFaWeights(Quantizer):
    """Weights of `k` bits, squashed to between -1 and 1.

    With `quantize_k(r) = round((2^k - 1) r) / (2^k - 1)` and `W` all weights
    of the layer:

    `q(w) = 2 quantize_k(tanh(w) / (2 max |tanh W|) + 1/2) - 1`,

    and for one bit `q(w) = sign(w) mean |W|`. Rounding and the sign have slope
    1; the mean has none.

    Args:
        bits: How many bits a weight takes, `k`, from 1 to 8.
        **kwargs: `name`, `trainable` and `dtype`, as for any Keras layer.

    Raises:
        InvalidInputError: When `bits` is out of range.

    Example:

    ```python
    layer = QuantConv2D(64, 3, kernel_quantizer=DoReFaWeights(2))
    ```

    Source: Zhou et al., "DoReFa-Net", 2016 (arXiv:1606.06160), equations 8
    and 9.
    """

    statistics: ClassVar[Statistics] = "layer"

    def __init__(self, bits: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bits = as_bits(bits, type(self).__name__)

    @property
    def precision(self) -> int:
        """The number of bits."""
        return self.bits

    @property
    def _steps(self) -> int:
        return 2**self.bits - 1

    def integers(self, inputs: Tensor, training: bool = False) -> Tensor:
        if self.bits == 1:
            return signs(inputs)
        squashed = self._squashed(inputs)
        level = ops.round(self._steps * (squashed / 2 + 0.5))
        return 2 * level - self._steps

    def scale(self, inputs: Tensor) -> Tensor:
        """Computes the step, or the mean magnitude for one bit: a scalar."""
        if self.bits == 1:
            return ops.mean(ops.abs(ops.cast(inputs, "float32")))
        return 1 / self._steps

    def surrogate(self, inputs: Tensor) -> Tensor:
        return inputs if self.bits == 1 else self._squashed(inputs)

    def _squashed(self, inputs: Tensor) -> Tensor:
        """The weights between -1 and 1, the largest of them there."""
        x = ops.tanh(ops.cast(inputs, "float32"))
        largest = ops.max(ops.abs(x))
        # All weights zero: they stay in the middle.
        return x / ops.where(largest > 0, largest, 1.0)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {**super().get_config(), "bits": self.bits}
