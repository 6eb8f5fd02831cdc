"""The arithmetic of 8-bit runtimes, in floating point."""

from abc import abstractmethod
from typing import Any, ClassVar

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from tfprune.errors import InvalidInputError
from tfprune.quantizers.grid import Grid
from tfprune.quantizers.quantizer import Quantizer, Shape
from tfprune.quantizers.settings import as_bits
from tfprune.quantizers.straight_through import passing

Tensor = Any


class FakeQuant(Quantizer):
    """Rounds numbers to those that a runtime for small integers would have.

    For a range from `low` to `high`, which contains zero, and whole numbers
    from `l` to `h`:

    `scale = (high - low) / (h - l)`, `zero = round(l - low / scale)`,
    `q(x) = scale (clip(round(x / scale) + zero, l, h) - zero)`,

    as LiteRT has it. Activations are asymmetric: `l = -2^(b-1)` and
    `h = 2^(b-1) - 1`. Weights are symmetric: `low = -high`, `zero = 0` and
    `l = -h`. Zero is always a level, exactly. The slope is 1 within the range
    and 0 outside.

    While a range is empty, because it was never trained or all of its numbers
    are zero, numbers stay as they are.

    A subclass says where the range comes from.

    Attributes:
        shows_range: Whether inference calls the operation that TensorFlow's
            converter reads ranges from. The numbers are the same, but for the
            rounding of float32; export sets it for a while.

    Args:
        bits: How many bits a number takes, `b`, from 2 to 8.
        symmetric: Whether zero lies in the middle, as it must for weights.
        per_channel: Whether each filter, along the last axis, has a range of
            its own.
        **kwargs: `name`, `trainable` and `dtype`, as for any Keras layer.

    Raises:
        InvalidInputError: When an argument is out of range.
    """

    keeps_zero: ClassVar[bool] = True

    def __init__(
        self,
        bits: int = 8,
        *,
        symmetric: bool = False,
        per_channel: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.bits = as_bits(bits, type(self).__name__, lowest=2)
        self.symmetric = bool(symmetric)
        self.per_channel = bool(per_channel)
        self.shows_range = False

    @abstractmethod
    def range_of(self, inputs: Tensor, training: bool) -> tuple[Tensor, Tensor]:
        """Computes the range, and learns it in training.

        Args:
            inputs: float32 tensor of what is to be quantized.
            training: Whether the layer is training.

        Returns:
            float32 tensors, scalar or `(filters,)`: `low` at most 0 and
            `high` at least 0; for symmetric ranges `low = -high`.
        """

    @abstractmethod
    def stored_range(self) -> tuple[Tensor, Tensor]:
        """Computes the range at inference, as `range_of` returns it."""

    @property
    def precision(self) -> int:
        """The number of bits."""
        return self.bits

    @property
    def highest(self) -> int:
        """The largest whole number."""
        return 2 ** (self.bits - 1) - 1

    @property
    def lowest(self) -> int:
        """The smallest whole number."""
        return -self.highest if self.symmetric else -self.highest - 1

    def range_shape(self, input_shape: Shape) -> tuple[int, ...]:
        """The shape of a bound of the range.

        Raises:
            InvalidInputError: When the number of channels is not known.
        """
        if not self.per_channel:
            return ()
        channels = input_shape[-1]
        if channels is None:
            raise InvalidInputError(
                f"{type(self).__name__} '{self.name}' has a range for each "
                "channel, so the last axis must have a known length. Received "
                f"inputs of shape {tuple(input_shape)}."
            )
        return (channels,)

    def per_filter_weights(self) -> tuple[str, ...]:
        """Names of the weights that hold one number for each filter."""
        return self.range_weights() if self.per_channel else ()

    def range_weights(self) -> tuple[str, ...]:
        """Names of the weights that hold the range."""
        return ()

    def extremes(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """The smallest range that contains zero and all numbers."""
        axes = tuple(range(len(inputs.shape) - 1)) if self.per_channel else None
        if self.symmetric:
            high = ops.max(ops.abs(inputs), axis=axes)
            return -high, high
        low = ops.minimum(ops.min(inputs, axis=axes), 0)
        return low, ops.maximum(ops.max(inputs, axis=axes), 0)

    def steps(self, low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
        """Computes scale and zero point; the scale of an empty range is 0."""
        if self.symmetric:
            return high / self.highest, ops.zeros_like(high)
        scale = (high - low) / (self.highest - self.lowest)
        divisor = ops.where(scale > 0, scale, 1.0)
        zero = ops.round(self.lowest - low / divisor)
        return scale, ops.clip(zero, self.lowest, self.highest)

    def levels(
        self,
        inputs: Tensor,
        scale: Tensor,
        zero: Tensor,
        pooled: bool = False,
    ) -> Tensor:
        """Computes whole numbers, counted from that of zero."""
        # A range that is empty quantizes nothing; see `_apply`.
        steps = inputs / ops.where(scale > 0, scale, 1.0)
        if pooled:
            whole = halves_away(steps + zero)
        else:
            whole = ops.round(steps) + zero
        return ops.clip(whole, self.lowest, self.highest) - zero

    def integers(self, inputs: Tensor, training: bool = False) -> Tensor:
        return self.levels(
            ops.cast(inputs, "float32"), *self.steps(*self.stored_range())
        )

    def scale(self, inputs: Tensor) -> Tensor:
        return self.steps(*self.stored_range())[0]

    def quantized(self, inputs: Tensor, training: bool = False) -> Tensor:
        wide = ops.cast(inputs, "float32")
        scale, zero = self.steps(*self.range_of(wide, training))
        return ops.cast(self._apply(wide, scale, zero), inputs.dtype)

    def call(
        self,
        inputs: Tensor,
        training: bool = False,
        pooled: bool = False,
        scale_only: bool = False,
    ) -> Tensor:
        """Quantizes; the range is learned in training.

        Args:
            inputs: Float tensor.
            training: Whether the layer is training.
            pooled: Whether the inputs are means of windows of numbers of the
                same range, whose halves LiteRT rounds away from the whole
                number 0.
            scale_only: Whether nothing is quantized or learned, and only the
                scale returned.

        Returns:
            Tensor of the shape and dtype of the inputs; with `scale_only`,
            that of `shown_scale`.
        """
        if scale_only:
            return self.shown_scale()
        if self.shows_range and not training:
            return self.operation(inputs)
        wide = ops.cast(inputs, "float32")
        return self.within(inputs, *self.range_of(wide, training), pooled)

    def within(
        self, inputs: Tensor, low: Tensor, high: Tensor, pooled: bool = False
    ) -> Tensor:
        """Quantizes in a range.

        Args:
            inputs: Float tensor.
            low: Where the range begins, as `range_of` returns it.
            high: Where it ends.
            pooled: As in `call`.

        Returns:
            Tensor of the shape and dtype of the inputs.
        """
        wide = ops.cast(inputs, "float32")
        scale, zero = self.steps(low, high)
        value = self._apply(wide, scale, zero, pooled)
        within = ops.logical_and(
            wide >= scale * (self.lowest - zero),
            wide <= scale * (self.highest - zero),
        )
        within = ops.logical_or(within, scale <= 0)
        slope = passing(wide, within)
        change = slope - ops.stop_gradient(slope)
        return ops.cast(ops.stop_gradient(value) + change, inputs.dtype)

    def operation(self, inputs: Tensor) -> Tensor:
        """Quantizes by the operation of TensorFlow, without learning.

        Args:
            inputs: Float tensor; the range must not be empty.

        Returns:
            Tensor of the shape and dtype of the inputs.
        """
        low, high = self.shown_range()
        return keras.quantizers.fake_quant_with_min_max_vars(
            inputs,
            low,
            high,
            num_bits=self.bits,
            narrow_range=self.symmetric,
            axis=-1 if self.per_channel else None,
        )

    def shown_range(self) -> tuple[Tensor, Tensor]:
        """Computes the range that runtimes get.

        A channel of zeros has no range, but in any it is exact: it gets that
        of the widest channel.
        """
        low, high = self.stored_range()
        if not self.per_channel:
            return low, high
        empty = high - low <= 0
        return (
            ops.where(empty, ops.min(low), low),
            ops.where(empty, ops.max(high), high),
        )

    def shown_scale(self) -> Tensor:
        """Computes the scale that runtimes get, where a graph goes on with it.

        `grid` has it as an array, and refuses one that is not trained.

        Returns:
            float32 tensor, scalar or `(filters,)`; 0 while the range is empty.
        """
        return self.steps(*self.shown_range())[0]

    def _apply(
        self,
        wide: Tensor,
        scale: Tensor,
        zero: Tensor,
        pooled: bool = False,
    ) -> Tensor:
        value = self.levels(wide, scale, zero, pooled) * scale
        return ops.where(scale > 0, value, wide)

    def grid(self) -> Grid:
        """Returns the whole numbers that a runtime is to use.

        With `per_channel`, a channel of zeros has the scale of the widest.

        Returns:
            Scale and zero point, of each filter with `per_channel`.

        Raises:
            InvalidInputError: When the range was never trained, or is
                infinite.

        Example:

        ```python
        grid = quantizer.grid()
        grid.scale, grid.zero_point
        ```
        """
        low, high = (
            np.asarray(ops.convert_to_numpy(x), "float32")
            for x in self.shown_range()
        )
        owner = f"{type(self).__name__} '{self.path or self.name}'"
        if not (np.isfinite(low).all() and np.isfinite(high).all()):
            raise InvalidInputError(
                f"The range of {owner} is not finite: from {low.min()} to "
                f"{high.max()}. Training diverged, for which a lower learning "
                "rate helps, or data were not finite."
            )
        if (high - low <= 0).all():
            raise InvalidInputError(
                f"The range of {owner} was never trained, or all that it saw "
                "was zero. Call the model on data with training=True, or fit "
                "it, before it is exported."
            )
        scale, zero = (
            np.asarray(ops.convert_to_numpy(x), "float32")
            for x in self.steps(*map(ops.convert_to_tensor, (low, high)))
        )
        return Grid(scale, zero.astype("int32"), self.lowest, self.highest)

    def encode(
        self, values: Any
    ) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        grid = self.grid()
        whole = grid.whole(np.asarray(values, "float32"))
        return whole - grid.zero_point, grid.scale

    def compute_output_spec(
        self,
        inputs: Any,
        training: bool = False,
        pooled: bool = False,
        scale_only: bool = False,
    ) -> keras.KerasTensor:
        """Returns the shape and dtype of the inputs, or of the scale."""
        if scale_only:
            channels = self.range_shape(inputs.shape)
            scale = channels if self.per_channel else ()
            return keras.KerasTensor(scale, "float32")
        return keras.KerasTensor(inputs.shape, inputs.dtype)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {
            **super().get_config(),
            "bits": self.bits,
            "symmetric": self.symmetric,
            "per_channel": self.per_channel,
        }


def halves_away(steps: Tensor) -> Tensor:
    """Rounds to whole numbers, halves away from zero.

    Means of fewer than some hundred whole numbers are meant; those that float
    arithmetic left a little short of a half are halves, too.
    """
    return ops.sign(steps) * ops.floor(ops.abs(steps) + (0.5 + 1e-3))
