"""Gates that are drawn from a stretched and clipped concrete distribution."""

import math

import keras
from keras import ops

from tfprune.gates.gate import GATES, Gate, Tensor
from tfprune.gates.noise import SMALLEST

TEMPERATURE = 2 / 3
LOWER, UPPER = -0.1, 1.1
"""What the concrete distribution is stretched to before it is clipped."""


@keras.saving.register_keras_serializable(package="tfprune")
@GATES.register("hard_concrete")
class HardConcrete(Gate):
    """L0 gates: exactly 0 or 1 with positive probability, and trainable.

    From uniform noise `u` and the location `log a` of a channel,

    `s = sigmoid((log u - log(1 - u) + log a) / (2/3))`
    `z = min(1, max(0, 1.2 s - 0.1))`

    and the gate is open with probability
    `P(z != 0) = sigmoid(log a - 2/3 log(0.1 / 1.1))`. At inference it is
    `min(1, max(0, 1.2 sigmoid(log a) - 0.1))`: closed from `log a = -2.398`
    down, which is a probability of 0.31, and exactly 1 from 2.398 up.
    Locations are kept in `[log 0.01, log 100]`.

    Put one behind the activation of a layer whose units are to be removed, or
    in front of a layer for its inputs. The paper takes `drop_rate=0.2` for
    the inputs of a network, 0.5 elsewhere, Adam with a learning rate of 1e-3,
    200 epochs, and moving averages of the weights
    (`Adam(use_ema=True, ema_momentum=0.999)`).
    `learning_rate_multiplier=10` needs a fifth of the epochs.

    Source: Louizos, Welling, Kingma, "Learning Sparse Neural Networks through
    L0 Regularization", ICLR 2018 (arXiv:1712.01312). The
    arguments are those of `tfprune.gates.Gate`.

    Example:

    ```python
    x = keras.layers.Dense(300, activation="relu")(x)
    x = HardConcrete(penalty=0.1 / 60000, cost=100)(x)
    x = keras.layers.Dense(100, activation="relu")(x)
    ```
    """

    def sample(self, location: Tensor, noise: Tensor) -> Tensor:
        """Computes `z` from uniform noise."""
        logistic = ops.log(noise) - ops.log(1 - noise)
        return stretched(ops.sigmoid((logistic + location) / TEMPERATURE))

    def open_probability(self, location: Tensor) -> Tensor:
        """Computes `P(z != 0)`."""
        shift = TEMPERATURE * math.log(-LOWER / UPPER)
        return ops.clip(ops.sigmoid(location - shift), SMALLEST, 1 - SMALLEST)

    def settled(self, location: Tensor) -> Tensor:
        """Computes `z` at inference."""
        return stretched(ops.sigmoid(location))


def stretched(concrete: Tensor) -> Tensor:
    """Stretches numbers from [0, 1] to [-0.1, 1.1], and clips them again."""
    return ops.clip(concrete * (UPPER - LOWER) + LOWER, 0.0, 1.0)
