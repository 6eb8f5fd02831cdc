"""The base of all quantizers, and their registry."""

import math
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Literal, TypeAlias

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from tfprune.errors import InvalidInputError
from tfprune.quantizers.straight_through import straight_through
from tfprune.registry import Registry

Tensor = Any
Shape: TypeAlias = tuple[int | None, ...]
Statistics: TypeAlias = Literal["none", "filter", "layer"]
Target: TypeAlias = Literal["numbers", "gradients"]

QUANTIZERS: "Registry[Quantizer]" = Registry("quantizer")


class Quantizer(ABC, keras.layers.Layer):
    """Maps numbers to few levels, and has a gradient nonetheless.

    What comes out is a whole number times a scale, and its gradient that of a
    surrogate:

    `q(x) = integers(x) * scale(x)`, `dq/dx = d surrogate(x)/dx`

    A quantizer is what layers of `tfprune.layers` take as `input_quantizer=`
    and `kernel_quantizer=`, and a Keras layer that can stand in a model by
    itself, where an activation would. Of a kernel it sees the filters along
    the last axis, whatever the layer.

    Numbers keep their dtype; what is computed over many of them is computed in
    float32.

    A subclass says what the levels are, in two or three functions, and
    nothing else: layers, profiles, pruning and export read only those.

    Attributes:
        statistics: What an element's level depends on besides the element:
            `"none"`, the elements of its filter (all but the last axis), or
            those of the whole `"layer"`.
        keeps_zero: Whether zero is a level, and stays zero.
        quantizes: Whether it is made for `"numbers"` or for the `"gradients"`
            that come back to them.

    Args:
        **kwargs: `name`, `trainable` and `dtype`, as for any Keras layer.

    Example:

    ```python
    @keras.saving.register_keras_serializable(package="mine")
    @tfprune.quantizers.QUANTIZERS.register("halves")
    class Halves(tfprune.quantizers.Quantizer):
        keeps_zero = True

        @property
        def precision(self):
            return 3

        def integers(self, inputs, training=False):
            return ops.clip(ops.round(2 * inputs), -3, 3)

        def scale(self, inputs):
            return 0.5
    ```
    """

    statistics: ClassVar[Statistics] = "none"
    keeps_zero: ClassVar[bool] = False
    quantizes: ClassVar[Target] = "numbers"

    def __init__(self, **kwargs: Any) -> None:
        # Else weights would come in half precision, and lose their signs.
        super().__init__(autocast=False, **kwargs)
        self.supports_masking = True

    @property
    @abstractmethod
    def precision(self) -> int:
        """Bits that a number takes at inference."""

    @abstractmethod
    def integers(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Computes which level each number goes to.

        Args:
            inputs: Float tensor.
            training: Whether the layer is training.

        Returns:
            Float tensor of whole numbers, of the shape of the inputs.
        """

    def scale(self, inputs: Tensor) -> Tensor:
        """Computes what the whole numbers are multiplied by.

        Args:
            inputs: Float tensor.

        Returns:
            A number, or a float32 tensor that broadcasts with the inputs.
        """
        return 1.0

    def surrogate(self, inputs: Tensor) -> Tensor:
        """Computes what has the gradient that the quantizer is given.

        Args:
            inputs: Float tensor.

        Returns:
            Finite float tensor of the shape of the inputs; only its gradient
            is used.
        """
        return inputs

    def quantized(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Computes what comes out, without its gradient.

        Args:
            inputs: Float tensor.
            training: Whether the layer is training.

        Returns:
            Tensor of the shape and dtype of the inputs.
        """
        whole = self.integers(inputs, training)
        scale = ops.cast(self.scale(inputs), "float32")
        product = ops.cast(whole, "float32") * scale
        return ops.cast(product, inputs.dtype)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Quantizes.

        Args:
            inputs: Float tensor.
            training: Whether the layer is training.

        Returns:
            Tensor of the shape and dtype of the inputs.
        """
        value = self.quantized(inputs, training)
        return straight_through(value, self.surrogate(inputs))

    def encode(
        self, values: Any
    ) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Computes levels as they are stored, at inference.

        Args:
            values: Array or tensor of floats.

        Returns:
            The whole numbers, int32, and what they are multiplied by, float32
            of a shape that broadcasts with them.

        Raises:
            InvalidInputError: When numbers stay at full precision, or levels
                are not known yet.

        Example:

        ```python
        whole, scale = layer.kernel_quantizer.encode(kernel)
        whole * scale        # what the layer multiplies by
        ```
        """
        if self.precision > 16:
            raise InvalidInputError(
                f"{type(self).__name__} '{self.name}' leaves numbers at full "
                "precision at inference, so there are no levels to store."
            )
        inputs = ops.convert_to_tensor(np.asarray(values, "float32"))
        whole = ops.convert_to_numpy(self.integers(inputs))
        scale = ops.convert_to_numpy(ops.cast(self.scale(inputs), "float32"))
        return np.rint(whole).astype("int32"), np.asarray(scale, "float32")

    def num_scales(self, shape: tuple[int, ...]) -> int:
        """Counts the scales that go with stored numbers.

        Args:
            shape: Shape of the numbers, filters last.

        Returns:
            How many scales are computed from such numbers; 0 where the scale
            is fixed, or follows from weights of the quantizer.
        """
        if self.statistics == "none":
            return 0
        scale = self.scale(ops.ones(shape))
        return math.prod(scale.shape) if hasattr(scale, "shape") else 0

    def per_filter_weights(self) -> tuple[str, ...]:
        """Names of the weights that hold one number for each filter."""
        return ()

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Quantizer":
        """Makes one from its arguments."""
        # Keras' own wraps what is wrong with an argument in an error of many
        # lines.
        return cls(**config)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape of the inputs."""
        return input_shape

    def compute_output_spec(
        self, inputs: Any, training: bool = False
    ) -> keras.KerasTensor:
        """Returns the shape and dtype of the inputs."""
        return keras.KerasTensor(inputs.shape, inputs.dtype)
