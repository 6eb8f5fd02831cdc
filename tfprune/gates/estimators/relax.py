"""The score function, less what a small network has learned of it."""

from typing import Any

import keras
from keras import ops

from tfprune.errors import InvalidInputError
from tfprune.gates.estimators.bernoulli import along, coupling, hard, logit
from tfprune.gates.estimators.estimator import (
    ESTIMATORS,
    Estimator,
    Loss,
    Tensor,
)
from tfprune.gates.settings import as_whole


@keras.saving.register_keras_serializable(package="tfprune")
@ESTIMATORS.register("relax")
class Relax(Estimator):
    """Learns the control variate that makes the estimate least noisy.

    `[f(b) - c(z')] dlog p(b) + dc(z) - dc(z')`, where `c` is a network of one
    hidden layer (tanh) on `2 sigmoid(z) - 1`, and `z'` is drawn again given
    `b`, by noise that makes it equal to `z` while its slope is another (see
    `Rebar`). Without bias whatever `c` is; needs one value of `f`, and no
    slope. The objective also holds the mean square of the estimate as a
    function of the weights of `c` alone.

    Source: Grathwohl et al., "Backpropagation through the Void", ICLR 2018
    (arXiv:1711.00123).

    Args:
        units: Number of hidden units.
        seed: Seed of the weights.
        **kwargs: `name` and `dtype`, as for any Keras layer.

    Raises:
        InvalidInputError: When `units` is no whole number from 1 on.
    """

    def __init__(
        self, units: int = 10, *, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.units = as_whole(units, "units", "Relax")
        self.seed = seed

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Makes the weights of the control variate."""
        glorot = keras.initializers.GlorotUniform(self.seed)
        for name, shape, initializer in (
            ("hidden", (input_shape[-1], self.units), glorot),
            ("bias", (self.units,), "zeros"),
            ("out", (self.units,), "zeros"),
            ("level", (), "zeros"),
        ):
            weight = self.add_weight(
                shape=shape,
                initializer=initializer,
                dtype="float32",
                autocast=False,
                name=name,
            )
            setattr(self, name, weight)

    def objective(
        self, loss: Loss, location: Tensor, noise: Tensor, value: Tensor
    ) -> Tensor:
        """Averages what has the estimate as its slope by the location.

        Raises:
            InvalidInputError: When the number of gates is not that it was
                built for.
        """
        channels = self.hidden.shape[0]
        if location.shape[-1] != channels:
            raise InvalidInputError(
                f"Relax was built for {channels} gates. Received: "
                f"{location.shape[-1]}. Make a new one for each model."
            )
        fixed = ops.stop_gradient(location)
        share = ops.sigmoid(fixed)
        logistic = fixed + logit(noise)
        gates = hard(logistic)
        level, slope = self.control(logistic)
        rest = (ops.stop_gradient(value) - level)[:, None]
        estimates = rest * (gates - share)
        estimates += slope * coupling(gates, share, noise)
        squares = ops.sum(ops.square(estimates), axis=-1)
        return along(estimates, location) + ops.mean(squares)

    def control(self, logistic: Tensor) -> tuple[Tensor, Tensor]:
        """Computes the control variate, and its slope by what it is given.

        Args:
            logistic: float32 `(draws, channels)`.

        Returns:
            float32 `(draws,)` and `(draws, channels)`.
        """
        share = ops.sigmoid(logistic)
        units = ops.tanh(ops.matmul(2 * share - 1, self.hidden) + self.bias)
        inner = ops.matmul(
            (1 - ops.square(units)) * self.out, ops.transpose(self.hidden)
        )
        value = ops.sum(units * self.out, axis=-1) + self.level
        return value, inner * 2 * share * (1 - share)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {
            **super().get_config(),
            "units": self.units,
            "seed": self.seed,
        }
