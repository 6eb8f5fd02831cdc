"""A dense layer of few bits."""

from typing import Any

import keras
from keras import ops

from tfprune.layers.scaled_inputs import ScaledInputs
from tfprune.quantizers.fake_quant import FakeQuant

Tensor = Any


@keras.saving.register_keras_serializable(package="tfprune")
class QuantDense(ScaledInputs, keras.layers.Dense):
    """A dense layer with quantized inputs and a quantized kernel.

    `y = activation(quantize(x) @ quantize(kernel) + bias)`

    Args:
        units: How many units it has.
        input_quantizer: Quantizer of the inputs: a name, a config or an
            object of `tfprune.quantizers`.
        kernel_quantizer: Quantizer of the kernel, whose filters are its units.
        gradient_quantizer: Quantizer of the gradient at the products.
        input_scale: Whether the products are multiplied by the mean magnitude
            of the inputs.
        learning_rate_multiplier: How much faster the kernel learns than other
            weights, or `"glorot"`; the variable holds the latent kernel divided
            by it.
        **kwargs: What `keras.layers.Dense` takes.

    Raises:
        InvalidInputError: When a quantizer or the multiplier is not known.

    Example:

    ```python
    x = QuantDense(512, use_bias=False, **tfprune.layers.presets.bnn())(x)
    ```
    """

    # Converters read scales of filters from kernels of convolutions only: a
    # kernel with a range for each unit is one of a single tap.

    def filters_shape(
        self, name: str, shape: tuple[int, ...]
    ) -> tuple[int, ...]:
        quantizer = self.kernel_quantizer
        many = isinstance(quantizer, FakeQuant) and quantizer.per_channel
        return (1, 1, *shape) if many else shape

    def multiplier(self, name: str = "kernel") -> Tensor:
        return self.entering(self.quantized_filters(name))

    def call(
        self,
        inputs: Tensor,
        range_scale: Tensor | None = None,
        training: bool | None = None,
    ) -> Tensor:
        """Computes the outputs.

        Args:
            inputs: Float tensor `(batch, ..., channels)`.
            range_scale: float32 scalar, the scale of the range that the inputs
                were rounded in before the layer, if they were.
            training: Whether quantizers learn and draw.

        Returns:
            Tensor `(batch, ..., units)` of the layer's compute dtype.
        """
        x = self.entering(inputs)
        y = self.product(self.quantized_inputs(x), self.multiplier())
        if self.input_scale is not None:
            y = y * self.input_scale.magnitude(x, axis=-1)
        return self.finished(y, range_scale)

    def product(self, x: Tensor, kernel: Tensor) -> Tensor:
        """The product over the last axis of the inputs."""
        if len(kernel.shape) == 2:
            return ops.matmul(x, kernel)
        rows = ops.reshape(x, (-1, 1, 1, kernel.shape[-2]))
        y = ops.conv(rows, kernel, data_format="channels_last")
        return ops.reshape(y, (*ops.shape(x)[:-1], kernel.shape[-1]))
