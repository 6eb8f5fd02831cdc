"""Evenly spaced levels between fixed bounds."""

from typing import Any, ClassVar

import keras
from keras import ops

from tfprune.quantizers.quantizer import QUANTIZERS, Quantizer
from tfprune.quantizers.settings import as_bits, as_number, check_steps
from tfprune.quantizers.straight_through import passing

Tensor = Any


@keras.saving.register_keras_serializable(package="tfprune")
@QUANTIZERS.register("linear")
class Linear(Quantizer):
    """Levels that lie the same step apart, `step = bound / 2^(b-1)`.

    `q(x) = step clip(round(x / step), -2^(b-1), 2^(b-1) - 1)`,
    `dq/dx = 1 if |x| <= bound else 0`

    Args:
        bits: How many bits a number takes, `b`, from 2 to 8.
        bound: The largest magnitude, more than 0; a power of two makes the
            levels fixed-point numbers. Numbers of less than half a step
            become zero, as most of a kernel's default initializer: take
            `presets.qnn`, or start kernels between the bounds.
        **kwargs: `name`, `trainable` and `dtype`, as for any Keras layer.

    Raises:
        InvalidInputError: When an argument is out of range.

    Example:

    ```python
    layer = QuantDense(500, input_quantizer=Linear(4, bound=2))
    ```

    Source: Hubara et al., "Quantized Neural Networks", 2016
    (arXiv:1609.07061), equation 7.
    """

    keeps_zero: ClassVar[bool] = True

    def __init__(
        self, bits: int = 4, bound: float = 1.0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        owner = type(self).__name__
        self.bits = as_bits(bits, owner, lowest=2)
        self.bound = as_number(bound, "bound", owner, above=0)
        received = f"bits={bits!r}, bound={bound!r}"
        check_steps(self.bound, 2 ** (self.bits - 1), owner, received)

    @property
    def precision(self) -> int:
        """The number of bits."""
        return self.bits

    def integers(self, inputs: Tensor, training: bool = False) -> Tensor:
        half = 2 ** (self.bits - 1)
        return ops.clip(
            ops.round(inputs * (half / self.bound)), -half, half - 1
        )

    def scale(self, inputs: Tensor) -> Tensor:
        return self.bound / 2 ** (self.bits - 1)

    def surrogate(self, inputs: Tensor) -> Tensor:
        return passing(inputs, ops.abs(inputs) <= self.bound)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {**super().get_config(), "bits": self.bits, "bound": self.bound}
