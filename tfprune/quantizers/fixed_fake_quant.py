"""Fake quantization in a range that is known."""

from typing import Any

import keras
from keras import ops

from tfprune.errors import InvalidInputError
from tfprune.quantizers.fake_quant import FakeQuant
from tfprune.quantizers.quantizer import QUANTIZERS
from tfprune.quantizers.settings import as_number, check_absent, check_steps

Tensor = Any


@keras.saving.register_keras_serializable(package="tfprune")
@QUANTIZERS.register("fixed_fake_quant")
class FixedFakeQuant(FakeQuant):
    """Fake quantization in a given range, as runtimes fix it for sigmoids.

    The arithmetic is that of `tfprune.quantizers.FakeQuant`.

    Args:
        bits: How many bits a number takes, from 2 to 8.
        low: Where the range begins, at most 0.
        high: Where it ends, more than `low` and at least 0.
        symmetric: Whether zero lies in the middle; then `low = -high`.
        implied: Whether the runtime rounds so by itself and what follows
            rounds anew, so that a file need not show the range.
        **kwargs: `name`, `trainable` and `dtype`, as for any Keras layer.

    Raises:
        InvalidInputError: When an argument is out of range.

    Example:

    ```python
    # What LiteRT wants of a softmax: 256 levels, 1/256 apart.
    probabilities = FixedFakeQuant(8, low=0.0, high=255 / 256)(probabilities)
    ```

    Source: LiteRT 8-bit quantization specification.
    """

    def __init__(
        self,
        bits: int = 8,
        *,
        low: float = -1.0,
        high: float = 1.0,
        symmetric: bool = False,
        implied: bool = False,
        **kwargs: Any,
    ) -> None:
        owner = type(self).__name__
        check_absent(kwargs, ("per_channel",), owner)
        super().__init__(bits, symmetric=symmetric, **kwargs)
        self.implied = bool(implied)
        self.low = as_number(low, "low", owner)
        self.high = as_number(high, "high", owner)
        if not self.low <= 0 <= self.high or self.low == self.high:
            raise InvalidInputError(
                f"Expected the range of {owner} to contain zero and more. "
                f"Received: low={low!r}, high={high!r}."
            )
        check_steps(
            self.high - self.low,
            self.highest - self.lowest,
            owner,
            f"bits={bits!r}, low={low!r}, high={high!r}",
        )
        if self.symmetric and self.low != -self.high:
            raise InvalidInputError(
                f"Expected low=-high of {owner} with symmetric=True. "
                f"Received: low={low!r}, high={high!r}."
            )

    def operation(self, inputs: Tensor) -> Tensor:
        return inputs if self.implied else super().operation(inputs)

    def range_of(self, inputs: Tensor, training: bool) -> tuple[Tensor, Tensor]:
        return self.stored_range()

    def stored_range(self) -> tuple[Tensor, Tensor]:
        return (
            ops.convert_to_tensor(self.low, "float32"),
            ops.convert_to_tensor(self.high, "float32"),
        )

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        config = super().get_config()
        del config["per_channel"]
        return {
            **config,
            "low": self.low,
            "high": self.high,
            "implied": self.implied,
        }
