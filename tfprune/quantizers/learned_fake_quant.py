"""Fake quantization with ranges that are trained."""

import math
from typing import Any

import keras
from keras import ops

from tfprune.quantizers.fake_quant import FakeQuant, halves_away
from tfprune.quantizers.quantizer import QUANTIZERS, Shape
from tfprune.quantizers.straight_through import rounded, straight_through

Tensor = Any

SMALLEST = 1e-2
"""The least part of its start that a bound may become."""


@keras.saving.register_keras_serializable(package="tfprune")
@QUANTIZERS.register("learned_fake_quant")
class LearnedFakeQuant(FakeQuant):
    """Fake quantization in a range that is learned with the weights.

    The first batch in training sets where the range starts; of several
    replicas, the mean of their ranges. From then on each
    bound is that start times a factor, which the optimizer moves: with
    rounding taken to have slope 1,

    `dq/dscale = round(x / scale) - x / scale` within the range, and outside
    of it `q` follows the bound,

    times `1 / sqrt(n h)` for `n` numbers and the largest whole number `h`, so
    that the range learns about as fast as the weights.

    The arithmetic is that of `tfprune.quantizers.FakeQuant`.

    Weights: `low_start` and `low_factor` (not with `symmetric`), `high_start`
    and `high_factor`, float32 of shape `()`, or `(channels,)` with
    `per_channel`; the factors are trained.

    Args:
        bits: How many bits a number takes, from 2 to 8.
        symmetric: Whether zero lies in the middle, as it must for weights.
        per_channel: Whether each filter, along the last axis, has a range of
            its own.
        **kwargs: `name`, `trainable` and `dtype`, as for any Keras layer.

    Raises:
        InvalidInputError: When `bits` is out of range.

    Example:

    ```python
    layer = QuantConv2D(
        64, 3,
        input_quantizer=LearnedFakeQuant(4),
        kernel_quantizer=LearnedFakeQuant(4, symmetric=True, per_channel=True),
    )
    ```

    Source: Esser et al., "Learned Step Size Quantization", ICLR 2020
    (arXiv:1902.08153), equation 3 and section 2.2; for asymmetric ranges,
    Bhalgat et al., "LSQ+", 2020 (arXiv:2004.09576), equations 4 and 5.
    """

    def build(self, input_shape: Shape) -> None:
        """Makes the bounds, which are empty, and their factors."""
        shape = self.range_shape(input_shape)
        for bound in self._bounds():
            start = self.add_weight(
                shape=shape,
                initializer="zeros",
                dtype="float32",
                trainable=False,
                aggregation="mean",
                autocast=False,
                name=f"{bound}_start",
            )
            factor = self.add_weight(
                shape=shape,
                initializer="ones",
                dtype="float32",
                constraint=at_least_smallest,
                autocast=False,
                name=f"{bound}_factor",
            )
            setattr(self, f"{bound}_start", start)
            setattr(self, f"{bound}_factor", factor)

    def _bounds(self) -> tuple[str, ...]:
        return ("high",) if self.symmetric else ("low", "high")

    def range_weights(self) -> tuple[str, ...]:
        return tuple(
            f"{bound}_{part}"
            for bound in self._bounds()
            for part in ("start", "factor")
        )

    def range_of(self, inputs: Tensor, training: bool) -> tuple[Tensor, Tensor]:
        if training and self.trainable:
            old, new = self._starts(), self.extremes(inputs)
            empty = old[1] - old[0] <= 0
            low, high = (
                ops.stop_gradient(ops.where(empty, y, x))
                for x, y in zip(old, new, strict=True)
            )
            self.high_start.assign(high)
            if not self.symmetric:
                self.low_start.assign(low)
            return self._scaled(low, high)
        return self.stored_range()

    def stored_range(self) -> tuple[Tensor, Tensor]:
        return self._scaled(*self._starts())

    def _starts(self) -> tuple[Tensor, Tensor]:
        high = ops.maximum(self.high_start, 0)
        if self.symmetric:
            return -high, high
        return ops.minimum(self.low_start, 0), high

    def _scaled(self, low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
        high = high * ops.maximum(self.high_factor, SMALLEST)
        if self.symmetric:
            return -high, high
        return low * ops.maximum(self.low_factor, SMALLEST), high

    def call(
        self,
        inputs: Tensor,
        training: bool = False,
        pooled: bool = False,
        scale_only: bool = False,
    ) -> Tensor:
        """Quantizes; the range is trained."""
        if scale_only:
            return self.shown_scale()
        if self.shows_range and not training:
            return self.operation(inputs)
        wide = ops.cast(inputs, "float32")
        low, high = self.range_of(wide, training)
        count = ops.cast(ops.size(wide), "float32")
        if self.per_channel:
            count = count / wide.shape[-1]
        slope = 1 / (ops.sqrt(count) * math.sqrt(self.highest))
        low, high = slowed(low, slope), slowed(high, slope)
        if self.symmetric:
            scale, zero = high / self.highest, ops.zeros_like(high)
        else:
            scale = (high - low) / (self.highest - self.lowest)
            divisor = ops.where(scale > 0, scale, 1.0)
            zero = rounded(self.lowest - low / divisor)
            zero = limited(zero, self.lowest, self.highest)
        steps = wide / ops.where(scale > 0, scale, 1.0)
        if pooled:
            steps = straight_through(halves_away(steps + zero), steps + zero)
        else:
            steps = rounded(steps) + zero
        whole = limited(steps, self.lowest, self.highest)
        value = ops.where(scale > 0, (whole - zero) * scale, wide)
        return ops.cast(value, inputs.dtype)


@keras.saving.register_keras_serializable(package="tfprune")
def at_least_smallest(factor: Tensor) -> Tensor:
    """Keeps a factor from vanishing, which no gradient would undo."""
    return ops.maximum(factor, SMALLEST)


def slowed(value: Tensor, slope: Tensor) -> Tensor:
    """Returns the same value with its gradient times `slope`."""
    return ops.stop_gradient(value) + slope * (value - ops.stop_gradient(value))


def limited(value: Tensor, lowest: float, highest: float) -> Tensor:
    """Clips with slope 1 at the bounds, too, on every backend."""
    value = ops.where(value < lowest, float(lowest), value)
    return ops.where(value > highest, float(highest), value)
