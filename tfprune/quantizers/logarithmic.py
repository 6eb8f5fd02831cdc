"""Levels that are powers of two."""

from typing import Any, ClassVar

import keras
from keras import ops

from tfprune.errors import InvalidInputError
from tfprune.number_checks import is_count
from tfprune.quantizers.quantizer import QUANTIZERS, Quantizer
from tfprune.quantizers.settings import as_bits
from tfprune.quantizers.straight_through import passing

Tensor = Any


@keras.saving.register_keras_serializable(package="tfprune")
@QUANTIZERS.register("logarithmic")
class Logarithmic(Quantizer):
    """The nearest power of two, so that products are shifts.

    `q(x) = sign(x) 2^clip(round(log2 |x|), e - 2^(b-1) + 2, e)`,
    `dq/dx = 1 if |x| <= 2^e else 0`

    Of the `2^b - 1` levels one is zero: what lies below the smallest power by
    more than half an octave.

    Args:
        bits: How many bits a number takes, `b`, from 2 to 5: with more, the
            smallest power is too small for int32 arithmetic.
        exponent: The largest exponent, `e`, at most 127; the smallest must
            not be below -126.
        **kwargs: `name`, `trainable` and `dtype`, as for any Keras layer.

    Raises:
        InvalidInputError: When an argument is out of range.

    Example:

    ```python
    layer = QuantDense(500, kernel_quantizer=Logarithmic(4))
    ```

    Source: Hubara et al., "Quantized Neural Networks", 2016
    (arXiv:1609.07061), equation 8; AP2 of section 3.3.
    """

    keeps_zero: ClassVar[bool] = True

    def __init__(self, bits: int = 4, exponent: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        owner = type(self).__name__
        self.bits = as_bits(bits, owner, lowest=2, highest=5)
        least = -126 + 2 ** (self.bits - 1) - 2
        if not (is_count(exponent, least) and exponent <= 127):
            raise InvalidInputError(
                f"Expected exponent of {owner} with bits={bits!r} to be a "
                f"whole number from {least} to 127, so that float32 has all "
                f"powers. Received: exponent={exponent!r}."
            )
        self.exponent = int(exponent)

    @property
    def precision(self) -> int:
        """The number of bits."""
        return self.bits

    @property
    def _smallest(self) -> int:
        return self.exponent - 2 ** (self.bits - 1) + 2

    def integers(self, inputs: Tensor, training: bool = False) -> Tensor:
        size = ops.abs(ops.cast(inputs, "float32")) / 2.0**self._smallest
        # Half an octave below the smallest power is where zero begins.
        power = ops.round(ops.log2(ops.maximum(size, 0.5)))
        power = ops.minimum(power, self.exponent - self._smallest)
        # Not `ops.power`, which is not exact on every backend.
        whole = ops.zeros_like(size)
        for index in range(self.exponent - self._smallest + 1):
            whole = ops.where(power == index, 2.0**index, whole)
        return ops.cast(ops.sign(inputs), "float32") * whole

    def scale(self, inputs: Tensor) -> Tensor:
        return 2.0**self._smallest

    def surrogate(self, inputs: Tensor) -> Tensor:
        return passing(inputs, ops.abs(inputs) <= 2.0**self.exponent)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {
            **super().get_config(),
            "bits": self.bits,
            "exponent": self.exponent,
        }
