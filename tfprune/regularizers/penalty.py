"""Regularizers that know their proximal operator."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from tfprune.registry import Registry

Tensor = Any

PENALTIES: "Registry[Penalty]" = Registry("penalty")


class Penalty(ABC, keras.Regularizer):
    """Base of the regularizers that can set weights to exactly zero.

    A penalty `P` is one object with two uses. Given to a layer as any
    `keras.Regularizer`, it adds `P(w)` to the loss and its subgradient to the
    gradient. Under `tfprune.optimizers.Proximal` the subgradient is taken out
    again and the proximal operator is applied after each update instead:

    `proximal(w, step) = argmin_v  |v - w|^2 / 2 + step * P(v)`

    A subclass gives `value`, `subgradient` and `proximal` in closed form, for
    float32 tensors, whatever the dtype policy of the layer is; `value` for
    float64 ones too, where variables are. What a
    backend finds when it differentiates `value` has to be `subgradient`, at
    kinks too, where it may find NaN or another slope if left alone.

    The settings of a penalty are read when the train step is traced. To
    change one between epochs, set it and call
    `model.make_train_function(force=True)`.

    Example:

    ```python
    @keras.saving.register_keras_serializable(package="mine")
    @tfprune.regularizers.PENALTIES.register("ridge")
    class Ridge(tfprune.regularizers.Penalty):
        def value(self, weights):
            return ops.sum(ops.square(weights)) / 2

        def subgradient(self, weights):
            return weights

        def proximal(self, weights, step):
            return weights / (1 + step)

        def get_config(self):
            return {}
    ```
    """

    @abstractmethod
    def value(self, weights: Tensor) -> Tensor:
        """Computes `P(weights)`.

        Args:
            weights: float32 or float64 tensor of the shape of the penalized
                variable.

        Returns:
            Scalar of the same dtype.
        """

    @abstractmethod
    def subgradient(self, weights: Tensor) -> Tensor:
        """Computes a subgradient of `P`, the one of least norm at a kink.

        Args:
            weights: float32 tensor.

        Returns:
            float32 tensor of the shape of `weights`, finite.
        """

    @abstractmethod
    def proximal(self, weights: Tensor, step: float | Tensor) -> Tensor:
        """Computes `argmin_v |v - weights|^2 / 2 + step * P(v)`.

        Args:
            weights: float32 tensor.
            step: Non-negative scalar; the learning rate of the update that
                `weights` come from.

        Returns:
            float32 tensor of the shape of `weights`.
        """

    def alive(self, weights: Tensor) -> Tensor:
        """Tells the weights that a penalty has set to zero from the others.

        Args:
            weights: float32 tensor.

        Returns:
            bool tensor that broadcasts with `weights`: false where all that
            the penalty takes together is zero.
        """
        return ops.not_equal(weights, 0)

    def among(self, values: Mapping[int, Tensor]) -> "Penalty":
        """Returns the penalty as it is when variables hold given values.

        Only one whose norms span several variables differs from itself then.

        Args:
            values: float32 tensors by the `id` of their variables.
        """
        return self

    def __call__(self, weights: Tensor) -> Tensor:
        """Computes the penalty.

        Args:
            weights: Variable or tensor of any float dtype.

        Returns:
            Scalar of the dtype that Keras adds up losses in, computed in
            float32, or in float64 for such weights.
        """
        tensor = ops.convert_to_tensor(weights)
        if keras.backend.standardize_dtype(tensor.dtype) != "float64":
            tensor = ops.cast(tensor, "float32")
        return ops.cast(self.value(tensor), keras.config.floatx())
