"""Activations of few bits as DoReFa-Net has them."""

from typing import Any, ClassVar

import keras
from keras import ops

from tfprune.quantizers.quantizer import QUANTIZERS, Quantizer
from tfprune.quantizers.settings import as_bits
from tfprune.quantizers.straight_through import passing

Tensor = Any


@keras.saving.register_keras_serializable(package="tfprune")
@QUANTIZERS.register("dorefa_activations")
class DoReFaActivations(Quantizer):
    """Activations of `k` bits between 0 and 1.

    `q(x) = round((2^k - 1) clip(x, 0, 1)) / (2^k - 1)`,
    `dq/dx = 1 if 0 <= x <= 1 else 0`

    Args:
        bits: How many bits an activation takes, `k`, from 1 to 8.
        **kwargs: `name`, `trainable` and `dtype`, as for any Keras layer.

    Raises:
        InvalidInputError: When `bits` is out of range.

    Example:

    ```python
    layer = QuantConv2D(64, 3, input_quantizer=DoReFaActivations(4))
    ```

    Source: Zhou et al., "DoReFa-Net", 2016 (arXiv:1606.06160), equations 10
    and 11.
    """

    keeps_zero: ClassVar[bool] = True

    def __init__(self, bits: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bits = as_bits(bits, type(self).__name__)

    @property
    def precision(self) -> int:
        """The number of bits."""
        return self.bits

    def integers(self, inputs: Tensor, training: bool = False) -> Tensor:
        return ops.round((2**self.bits - 1) * ops.clip(inputs, 0, 1))

    def scale(self, inputs: Tensor) -> Tensor:
        return 1 / (2**self.bits - 1)

    def surrogate(self, inputs: Tensor) -> Tensor:
        return passing(inputs, ops.logical_and(inputs >= 0, inputs <= 1))

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {**super().get_config(), "bits": self.bits}
