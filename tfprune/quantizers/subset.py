"""Quantizing a kernel of which some channels are left out."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from tfprune.errors import InvalidInputError
from tfprune.quantizers.lookup import get
from tfprune.quantizers.quantizer import Quantizer, Shape, Statistics, Target

Tensor = Any


@keras.saving.register_keras_serializable(package="tfprune")
class SubsetQuantizer(Quantizer):
    """Quantizes the kept part of a kernel as if there were no other.

    What is dropped comes out as zero, which no sign of a zero weight would
    be, and scales are taken over what is kept: the full-size twin of a
    quantizer whose kernel lost channels.

    Args:
        quantizer: The quantizer of the kept part: object, name or config.
        kept_inputs: For each position of the last axis but one whether it is
            kept; None for all.
        kept_filters: The same for the last axis.
        **kwargs: `name`, `trainable` and `dtype`, as for any Keras layer.

    Raises:
        InvalidInputError: When there is no quantizer.

    Example:

    ```python
    twin = SubsetQuantizer("magnitude_aware_sign", [True, False, True])
    ```
    """

    def __init__(
        self,
        quantizer: Any,
        kept_inputs: Sequence[bool] | None = None,
        kept_filters: Sequence[bool] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        found = get(quantizer)
        if found is None:
            raise InvalidInputError(
                "Expected quantizer of SubsetQuantizer to be a quantizer. "
                "Received: quantizer=None."
            )
        self.quantizer = found
        self.kept_inputs = flags(kept_inputs)
        self.kept_filters = flags(kept_filters)

    @property
    def precision(self) -> int:
        """That of the quantizer."""
        return self.quantizer.precision

    @property
    def statistics(self) -> Statistics:  # type: ignore[override]
        """Those of the quantizer."""
        return self.quantizer.statistics

    @property
    def quantizes(self) -> Target:  # type: ignore[override]
        """What the quantizer is made for."""
        return self.quantizer.quantizes

    def build(self, input_shape: Shape) -> None:
        """Builds the quantizer for what is kept."""
        shape = list(input_shape)
        for axis, kept in self._axes():
            shape[axis] = sum(kept)
        self.quantizer.build(tuple(shape))

    def integers(self, inputs: Tensor, training: bool = False) -> Tensor:
        return self._spread(self.quantizer.integers(self._kept(inputs)))

    def scale(self, inputs: Tensor) -> Tensor:
        scale = self.quantizer.scale(self._kept(inputs))
        shape: tuple[int, ...] = getattr(scale, "shape", ())
        # One number for the layer, or for each filter.
        if self.kept_filters is None or len(shape) == 0:
            return scale
        return spread(scale, -1, self.kept_filters)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Quantizes; the dropped part is zero."""
        return self._spread(self.quantizer(self._kept(inputs)))

    def _axes(self) -> list[tuple[int, list[bool]]]:
        pairs = ((-2, self.kept_inputs), (-1, self.kept_filters))
        return [(axis, kept) for axis, kept in pairs if kept is not None]

    def _kept(self, inputs: Tensor) -> Tensor:
        for axis, kept in self._axes():
            inputs = ops.take(inputs, np.flatnonzero(kept), axis=axis)
        return inputs

    def _spread(self, part: Tensor) -> Tensor:
        for axis, kept in self._axes():
            part = spread(part, axis, kept)
        return part

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {
            **super().get_config(),
            "quantizer": keras.saving.serialize_keras_object(self.quantizer),
            "kept_inputs": self.kept_inputs,
            "kept_filters": self.kept_filters,
        }


def flags(kept: Sequence[bool] | None) -> list[bool] | None:
    """Plain bools, which a config can hold."""
    return None if kept is None else [bool(x) for x in kept]


def spread(part: Tensor, axis: int, kept: Sequence[bool]) -> Tensor:
    """Puts kept positions of an axis back in place, zeros between them."""
    widths = [(0, 0)] * len(part.shape)
    widths[axis] = (0, 1)
    # The last position holds the zeros.
    places = np.where(kept, np.cumsum(kept) - 1, sum(kept))
    return ops.take(ops.pad(part, widths), places, axis=axis)
