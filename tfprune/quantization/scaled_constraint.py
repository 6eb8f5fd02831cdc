"""Constraints of weights that were scaled."""

from collections.abc import Sequence
from typing import Any, Self

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from tfprune.quantization.scaling import Scaling
from tfprune.quantization.sliced import sliced

Tensor = Any


@keras.saving.register_keras_serializable(package="tfprune")
class ScaledConstraint(keras.constraints.Constraint):
    """Constrains what weights were before they were scaled and shifted.

    For weights `w = scale v + shift`, it gives `scale c(v) + shift`.

    Args:
        constraint: The constraint `c` of `v`.
        scale: Number, or array that is broadcast to the weights; where it is
            zero, 1 stands for it.
        shift: What was added, likewise.
        shape: The shape of `v`; None for that of the weights.

    Example:

    ```python
    kernel_constraint = ScaledConstraint("non_neg", scale=[0.5, -2.0])
    ```
    """

    def __init__(
        self,
        constraint: Any,
        scale: Any,
        shift: Any = 0.0,
        shape: Any = None,
    ) -> None:
        self.constraint = keras.constraints.get(constraint)
        self.scaling = Scaling(scale, shift, shape)

    def __call__(self, w: Tensor) -> Tensor:
        """Computes the weights after the constraint.

        Args:
            w: Weights of any float dtype.

        Returns:
            Tensor of the same shape and dtype.
        """
        w = ops.convert_to_tensor(w)
        return self.scaling.after(self.constraint(self.scaling.before(w)), w)

    def sliced(self, kept: Sequence[NDArray[np.bool_]]) -> Self:
        """The same for the weights that stay.

        Args:
            kept: For each axis of the weights, which positions stay.
        """
        scaling, kept_before = self.scaling.sliced(kept)
        inner = sliced(self.constraint, kept_before)
        return type(self)(inner, **scaling.get_config())

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {
            "constraint": keras.constraints.serialize(self.constraint),
            **self.scaling.get_config(),
        }


def scaled_constraint(constraint: Any, *args: Any, **kwargs: Any) -> Any:
    """The constraint of weights that were scaled; None where none was."""
    if constraint is None:
        return None
    return ScaledConstraint(constraint, *args, **kwargs)
