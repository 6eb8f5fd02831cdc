"""The score function: no bias, and much noise."""

import keras
from keras import ops

from tfprune.gates.estimators.bernoulli import (
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


@ESTIMATORS.register("reinforce")
class Reinforce(Estimator):
    """Takes `f(b)` times the slope of `log p(b)`; needs no slope of `f`.

    Source: Williams, "Simple Statistical Gradient-Following Algorithms for
    Connectionist Reinforcement Learning", 1992.
    """

    def objective(
        self,
        loss: Loss,
        location: Tensor,
        draws: int,
        seed: keras.random.SeedGenerator,
    ) -> Tensor:
        """Averages `f(b) log p(b)`, where `f(b)` counts as a constant."""
        gates = hard(location + logit(noise_for(location, draws, seed)))
        value = ops.stop_gradient(loss(gates))
        return ops.mean(value * log_probability(gates, location))
