"""Two losses of mirrored draws: no bias, little noise, no relaxation."""

import keras
from keras import ops

from tfprune.gates.estimators.bernoulli import along, hard
from tfprune.gates.estimators.estimator import (
    ESTIMATORS,
    Estimator,
    Loss,
    Tensor,
)


@keras.saving.register_keras_serializable(package="tfprune")
@ESTIMATORS.register("arm")
class Arm(Estimator):
    """Takes `(f(u > 1 - t) - f(u < t)) (u - 1/2)`, `t = sigmoid(location)`.

    Needs two values of `f` on the same examples, and no slope.

    Source: Yin, Zhou, "ARM: Augment-REINFORCE-Merge Gradient for Stochastic
    Binary Networks", ICLR 2019 (arXiv:1807.11143); for gates Li, Ji,
    "L0-ARM", 2019 (arXiv:1904.04432).
    """

    further_losses = 1

    def objective(
        self, loss: Loss, location: Tensor, noise: Tensor, value: Tensor
    ) -> Tensor:
        """Averages the estimate times the location."""
        mirrored = hard(ops.sigmoid(location) - noise)
        apart = value - loss(mirrored)
        return along(apart[:, None] * (noise - 0.5), location)
