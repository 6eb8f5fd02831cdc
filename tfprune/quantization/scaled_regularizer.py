"""Regularizers of weights that were scaled."""

from collections.abc import Sequence
from typing import Any, Self

import keras
import numpy as np
from numpy.typing import NDArray

from tfprune.quantization.scaling import Scaling
from tfprune.quantization.sliced import sliced

Tensor = Any


@keras.saving.register_keras_serializable(package="tfprune")
class ScaledRegularizer(keras.regularizers.Regularizer):
    """Penalizes what weights were before they were scaled and shifted.

    For weights `w = scale v + shift` the penalty is `r(v)`, and its slope
    `scale r'(v)`: a step of gradient descent along it changes `w` as it would
    have changed by that step of `v`.

    Args:
        regularizer: The regularizer `r` of `v`.
        scale: Number, or array that is broadcast to the weights; where it is
            zero, 1 stands for it.
        shift: What was added, likewise.
        shape: The shape of `v`; None for that of the weights.

    Example:

    ```python
    kernel_regularizer = ScaledRegularizer("l2", scale=[0.5, -2.0])
    ```
    """

    def __init__(
        self,
        regularizer: Any,
        scale: Any,
        shift: Any = 0.0,
        shape: Any = None,
    ) -> None:
        self.regularizer = keras.regularizers.get(regularizer)
        self.scaling = Scaling(scale, shift, shape)

    def __call__(self, x: Tensor) -> Tensor:
        """Computes the penalty.

        Args:
            x: Weights of any float dtype.

        Returns:
            Scalar tensor.
        """
        return self.regularizer(self.scaling.before(x))

    def sliced(self, kept: Sequence[NDArray[np.bool_]]) -> Self:
        """The same for the weights that stay.

        Args:
            kept: For each axis of the weights, which positions stay.
        """
        scaling, kept_before = self.scaling.sliced(kept)
        inner = sliced(self.regularizer, kept_before)
        return type(self)(inner, **scaling.get_config())

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {
            "regularizer": keras.regularizers.serialize(self.regularizer),
            **self.scaling.get_config(),
        }


def scaled_regularizer(regularizer: Any, *args: Any, **kwargs: Any) -> Any:
    """The regularizer of weights that were scaled; None where none was."""
    if regularizer is None:
        return None
    return ScaledRegularizer(regularizer, *args, **kwargs)
