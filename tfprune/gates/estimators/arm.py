"""Two losses of mirrored draws: no bias, little noise, no relaxation."""

import keras
from keras import ops

from tfprune.gates.estimators.bernoulli import hard, noise_for
from tfprune.gates.estimators.estimator import (
    ESTIMATORS,
    Estimator,
    Loss,
    Tensor,
)


@ESTIMATORS.register("arm")
class Arm(Estimator):
    """Takes `(f(u > 1 - t) - f(u < t)) (u - 1/2)`, `t = sigmoid(location)`.

    Needs two values of `f` on the same examples, and no slope.

    Source: Yin, Zhou, "ARM: Augment-REINFORCE-Merge Gradient for Stochastic
    Binary Networks", ICLR 2019 (arXiv:1807.11143).
    """

    def objective(
        self,
        loss: Loss,
        location: Tensor,
        draws: int,
        seed: keras.random.SeedGenerator,
    ) -> Tensor:
        """Averages the estimate times the location."""
        noise = noise_for(location, draws, seed)
        share = ops.sigmoid(location)
        above, below = hard(noise - (1 - share)), hard(share - noise)
        apart = ops.stop_gradient(loss(above) - loss(below))
        each = ops.sum((noise - 0.5) * location, axis=-1)
        return ops.mean(apart * each)
