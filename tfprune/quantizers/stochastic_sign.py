"""A sign that is drawn at random in training."""

from typing import Any

import keras
from keras import ops

from tfprune.quantizers.quantizer import QUANTIZERS
from tfprune.quantizers.sign import Sign, signs

Tensor = Any


@keras.saving.register_keras_serializable(package="tfprune")
@QUANTIZERS.register("stochastic_sign")
class StochasticSign(Sign):
    """The sign, drawn anew for each batch with the number as its mean.

    `q(x) = +1 with probability clip((x + 1) / 2, 0, 1), else -1`,
    `dq/dx = 1 if |x| <= 1 else 0`

    At inference it is the plain sign, as for the activations of binarized
    networks, or the number itself, as for the weights of BinaryConnect, which
    trains binary weights but uses real ones.

    Args:
        real_at_inference: Whether numbers stay as they are at inference.
        seed: Seed of the draws.
        **kwargs: `name`, `trainable` and `dtype`, as for any Keras layer.

    Example:

    ```python
    layer = QuantDense(512, kernel_quantizer=StochasticSign(seed=1))
    ```

    Source: Courbariaux et al., "BinaryConnect", 2015 (arXiv:1511.00363),
    equations 2 and 3, section 2.6.
    """

    def __init__(
        self,
        real_at_inference: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.real_at_inference = bool(real_at_inference)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    @property
    def precision(self) -> int:
        """One bit, or 32 where real numbers are used at inference."""
        return 32 if self.real_at_inference else 1

    @property
    def keeps_zero(self) -> bool:  # type: ignore[override]
        """Whether zero stays zero at inference."""
        return self.real_at_inference

    def integers(self, inputs: Tensor, training: bool = False) -> Tensor:
        if not training:
            return signs(inputs)
        noise = keras.random.uniform(
            ops.shape(inputs), -1, 1, dtype="float32", seed=self.seed_generator
        )
        # Uniform noise below x, both between -1 and 1: probability (x + 1) / 2.
        return signs(inputs - ops.cast(noise, inputs.dtype))

    def quantized(self, inputs: Tensor, training: bool = False) -> Tensor:
        if self.real_at_inference and not training:
            return inputs
        return super().quantized(inputs, training)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {
            **super().get_config(),
            "real_at_inference": self.real_at_inference,
            "seed": self.seed,
        }
