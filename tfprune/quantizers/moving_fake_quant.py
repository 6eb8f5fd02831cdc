"""Fake quantization with ranges that follow the data."""

from typing import Any

import keras
from keras import ops

from tfprune.errors import InvalidInputError
from tfprune.number_checks import is_number
from tfprune.quantizers.fake_quant import FakeQuant
from tfprune.quantizers.quantizer import QUANTIZERS, Shape

Tensor = Any


@keras.saving.register_keras_serializable(package="tfprune")
@QUANTIZERS.register("moving_fake_quant")
class MovingFakeQuant(FakeQuant):
    """Fake quantization in the range that the numbers have.

    In training the range moves towards that of each batch, the first of which
    sets it: `low = momentum * low + (1 - momentum) * min(batch)`. With
    `momentum=0` it is that of the last batch, which suits weights. Of several
    replicas, each of which sees a part of the batch, the mean range counts.

    The arithmetic is that of `tfprune.quantizers.FakeQuant`.

    Weights: `low` (not with `symmetric`) and `high`, float32 of shape `()`, or
    `(channels,)` with `per_channel`, which training does not touch but for
    this.

    Attributes:
        widens: Whether inference widens the range to what comes in;
            calibration sets it for a while.

    Args:
        bits: How many bits a number takes, from 2 to 8.
        symmetric: Whether zero lies in the middle, as it must for weights.
        per_channel: Whether each filter, along the last axis, has a range of
            its own.
        momentum: How much of the old range stays, from 0 to less than 1.
        **kwargs: `name`, `trainable` and `dtype`, as for any Keras layer.

    Raises:
        InvalidInputError: When an argument is out of range.

    Example:

    ```python
    layer = QuantConv2D(
        64, 3,
        input_quantizer=MovingFakeQuant(8),
        kernel_quantizer=MovingFakeQuant(
            8, symmetric=True, per_channel=True, momentum=0.0
        ),
    )
    ```

    Source: Jacob et al., "Quantization and Training of Neural Networks for
    Efficient Integer-Arithmetic-Only Inference", CVPR 2018
    (arXiv:1712.05877), equation 12 and section 3.1.
    """

    def __init__(
        self,
        bits: int = 8,
        *,
        symmetric: bool = False,
        per_channel: bool = False,
        momentum: float = 0.99,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            bits, symmetric=symmetric, per_channel=per_channel, **kwargs
        )
        if not (is_number(momentum) and 0 <= momentum < 1):
            raise InvalidInputError(
                f"Expected momentum of {type(self).__name__} to be from 0 to "
                f"less than 1. Received: momentum={momentum!r}."
            )
        self.momentum = float(momentum)
        self.widens = False

    def build(self, input_shape: Shape) -> None:
        """Makes the range, which is empty."""
        for name in self.range_weights():
            weight = self.add_weight(
                shape=self.range_shape(input_shape),
                initializer="zeros",
                dtype="float32",
                trainable=False,
                aggregation="mean",
                autocast=False,
                name=name,
            )
            setattr(self, name, weight)

    def range_weights(self) -> tuple[str, ...]:
        return ("high",) if self.symmetric else ("low", "high")

    def range_of(self, inputs: Tensor, training: bool) -> tuple[Tensor, Tensor]:
        # A frozen layer keeps its range, like one of batch normalization.
        if not (self.widens or training and self.trainable):
            return self.stored_range()
        low, high = self.moved(self.stored_range(), self.extremes(inputs))
        self.high.assign(high)
        if not self.symmetric:
            self.low.assign(low)
        return low, high

    def moved(
        self, old: tuple[Tensor, Tensor], new: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, Tensor]:
        """A range after it has seen another."""
        if self.widens:
            return ops.minimum(old[0], new[0]), ops.maximum(old[1], new[1])
        empty = old[1] - old[0] <= 0
        low, high = (
            ops.stop_gradient(
                ops.where(empty, y, self.momentum * x + (1 - self.momentum) * y)
            )
            for x, y in zip(old, new, strict=True)
        )
        return low, high

    def stored_range(self) -> tuple[Tensor, Tensor]:
        high = ops.maximum(self.high, 0)
        if self.symmetric:
            return -high, high
        return ops.minimum(self.low, 0), high

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {**super().get_config(), "momentum": self.momentum}
