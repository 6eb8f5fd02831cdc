"""The score function, less what a small network has learned of it."""

import keras
from keras import ops

from tfprune.errors import InvalidInputError
from tfprune.gates.estimators.bernoulli import (
    conditional,
    conditional_slope,
    hard,
    log_probability,
    logit,
    noise_for,
)
from tfprune.gates.estimators.estimator import (
    ESTIMATORS,
    Estimator,
    Loss,
    Tensor,
)


@ESTIMATORS.register("relax")
class Relax(Estimator):
    """Learns the control variate that makes the estimate least noisy.

    `[f(b) - c(z')] dlog p(b) + dc(z) - dc(z')`, where `c` is a network of one
    hidden layer (tanh) on `2 sigmoid(z) - 1`, and `z'` is drawn again given
    `b`. Without bias whatever `c` is; needs one value of `f`, and no slope.
    The objective also holds the mean square of the estimate as a function of
    the `variables` of `c` alone: update these along with the location.

    Source: Grathwohl et al., "Backpropagation through the Void", ICLR 2018
    (arXiv:1711.00123).

    Args:
        channels: Number of gates.
        units: Number of hidden units.
        seed: Seed of the weights.
    """

    def __init__(
        self, channels: int = 1, units: int = 10, seed: int | None = None
    ) -> None:
        self.channels = channels
        initializer = keras.initializers.GlorotUniform(seed)
        self.hidden = keras.Variable(initializer((channels, units)))
        self.bias = keras.Variable(ops.zeros((units,)))
        self.out = keras.Variable(initializer((units, 1))[:, 0])
        self.level = keras.Variable(0.0)

    @property
    def variables(self) -> list[keras.Variable]:
        """The weights of the control variate."""
        return [self.hidden, self.bias, self.out, self.level]

    def objective(
        self,
        loss: Loss,
        location: Tensor,
        draws: int,
        seed: keras.random.SeedGenerator,
    ) -> Tensor:
        """Averages what has the estimate as its slope by the location.

        Raises:
            InvalidInputError: When the number of gates is not `channels`.
        """
        if location.shape[-1] != self.channels:
            raise InvalidInputError(
                f"Expected as many gates as Relax has channels, received "
                f"{location.shape[-1]} for channels={self.channels}. Give "
                f"channels={location.shape[-1]}."
            )
        logistic = location + logit(noise_for(location, draws, seed))
        gates = hard(logistic)
        noise = noise_for(location, draws, seed)
        again = conditional(location, gates, noise)
        value = ops.stop_gradient(loss(gates))
        held = [
            ops.stop_gradient(ops.convert_to_tensor(x)) for x in self.variables
        ]
        score = value - ops.stop_gradient(control(again, *held)[0])
        estimate = (
            score * log_probability(gates, location)
            + control(logistic, *held)[0]
            - control(again, *held)[0]
        )
        fixed = ops.stop_gradient(location)
        free = [ops.convert_to_tensor(x) for x in self.variables]
        _, slope = control(ops.stop_gradient(logistic), *free)
        other, other_slope = control(ops.stop_gradient(again), *free)
        estimates = (
            (value - other)[:, None] * (gates - ops.sigmoid(fixed))
            + slope
            - other_slope * conditional_slope(fixed, gates, noise)
        )
        squares = ops.sum(ops.square(estimates), axis=-1)
        return ops.mean(estimate) + ops.mean(squares)


def control(
    logistic: Tensor, hidden: Tensor, bias: Tensor, out: Tensor, level: Tensor
) -> tuple[Tensor, Tensor]:
    """Computes the control variate, and its slope by what it is given.

    Args:
        logistic: `(draws, channels)`.
        hidden: `(channels, units)`.
        bias: `(units,)`.
        out: `(units,)`.
        level: Scalar.

    Returns:
        `(draws,)` and `(draws, channels)`.
    """
    share = ops.sigmoid(logistic)
    units = ops.tanh(ops.matmul(2 * share - 1, hidden) + bias)
    inner = ops.matmul((1 - ops.square(units)) * out, ops.transpose(hidden))
    value = ops.sum(units * out, axis=-1) + level
    return value, inner * 2 * share * (1 - share)
