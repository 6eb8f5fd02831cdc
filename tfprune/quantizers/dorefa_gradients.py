"""Gradients of few bits as DoReFa-Net has them."""

from typing import Any, ClassVar

import keras
from keras import ops

from tfprune.quantizers.quantizer import QUANTIZERS, Quantizer, Target
from tfprune.quantizers.settings import as_bits

Tensor = Any


@keras.saving.register_keras_serializable(package="tfprune")
@QUANTIZERS.register("dorefa_gradients")
class DoReFaGradients(Quantizer):
    """Leaves numbers as they are, and quantizes their gradient to `k` bits.

    For the gradient `g` of one example, whose largest magnitude is `m`:

    `g' = 2 m (quantize_k(g / (2 m) + 1/2 + N) - 1/2)`,

    where `N` is uniform noise of half a step to either side, without which
    training suffers. It goes between a convolution and its normalization: as
    `gradient_quantizer=` of a layer, or as a layer by itself.

    Args:
        bits: How many bits a gradient takes, `k`, from 1 to 8.
        noise: Whether noise is added before rounding.
        seed: Seed of the noise.
        **kwargs: `name`, `trainable` and `dtype`, as for any Keras layer.

    Raises:
        InvalidInputError: When `bits` is out of range.

    Example:

    ```python
    layer = QuantConv2D(64, 3, gradient_quantizer=DoReFaGradients(6))
    ```

    Source: Zhou et al., "DoReFa-Net", 2016 (arXiv:1606.06160), equation 12.
    """

    keeps_zero: ClassVar[bool] = True
    quantizes: ClassVar[Target] = "gradients"

    def __init__(
        self,
        bits: int = 4,
        noise: bool = True,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.bits = as_bits(bits, type(self).__name__)
        self.noise = bool(noise)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    @property
    def precision(self) -> int:
        """32 bits: at inference there is no gradient."""
        return 32

    def integers(self, inputs: Tensor, training: bool = False) -> Tensor:
        # Every number is a level of its own.
        return inputs

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Returns the inputs, whose gradient is quantized in training."""
        if not training:
            return inputs
        if self.noise:
            noise = self.drawn(ops.shape(inputs))
        else:
            noise = ops.zeros((1,) * len(inputs.shape), "float32")
        steps = 2**self.bits - 1

        @ops.custom_gradient
        def passed(values: Tensor, noise: Tensor) -> Any:
            def gradient(given: Tensor) -> Any:
                return few_levels(given, noise, steps), ops.zeros_like(noise)

            return values, gradient

        return passed(inputs, noise)

    def drawn(self, shape: tuple[Any, ...]) -> Tensor:
        """Draws noise of half a step to either side.

        It is the sum of a draw for each example and channel and one for each
        position, less its whole part: that is uniform, too, any two elements
        of it are independent, and of the draws, which XLA takes long for on
        processors, there are few.

        Args:
            shape: That of the inputs; the batch is first, channels are last.
        """
        ones = (1,) * (len(shape) - 2)
        draws = [
            keras.random.uniform(
                part, -0.5, 0.5, dtype="float32", seed=self.seed_generator
            )
            for part in ((shape[0], *ones, shape[-1]), (1, *shape[1:-1], 1))
        ]
        total = draws[0] + draws[1]
        return total - ops.round(total)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {
            **super().get_config(),
            "bits": self.bits,
            "noise": self.noise,
            "seed": self.seed,
        }


def few_levels(gradient: Tensor, noise: Tensor, steps: int) -> Tensor:
    """Quantizes a gradient, each example by its largest magnitude.

    Args:
        gradient: Float tensor, the batch first.
        noise: float32 tensor that broadcasts with it, of -1/2 to 1/2.
        steps: Number of levels but one.

    Returns:
        Tensor of the shape and dtype of the gradient.
    """
    wide = ops.cast(gradient, "float32")
    over = tuple(range(1, len(gradient.shape)))
    largest = ops.max(ops.abs(wide), axis=over, keepdims=True)
    # An example without gradient gets none.
    divisor = ops.where(largest > 0, 2 * largest, 1.0)
    level = ops.round(steps * (wide / divisor + 0.5) + noise)
    level = ops.clip(level, 0, steps) / steps
    result = 2 * largest * (level - 0.5)
    return ops.cast(result, gradient.dtype)
