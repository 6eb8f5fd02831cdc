"""The score function, less what relaxed gates tell of it."""

import keras
from keras import ops

from tfprune.gates.estimators.bernoulli import (
    conditional,
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


@ESTIMATORS.register("rebar")
class Rebar(Estimator):
    """Takes the loss of relaxed gates as control variate of the score.

    `[f(b) - eta f(s')] dlog p(b) + eta df(s) - eta df(s')`, where
    `s = sigmoid(z / T)` is relaxed, and `s'` is so too, drawn again given `b`.
    Without bias whatever the two settings are; needs three values of `f` on
    the same examples. It is less noisy than the score alone where relaxed
    gates tell much of `f`; where `f` is a large constant and little else, `Arm`
    and `Relax` do better.

    Source: Tucker et al., "REBAR: Low-variance, unbiased gradient estimates
    for discrete latent variable models", NeurIPS 2017 (arXiv:1703.07370); the
    paper also learns the settings.

    Args:
        temperature: How soft the relaxed gates are, more than 0.
        scale: How much of the control variate is used.
    """

    def __init__(self, temperature: float = 0.5, scale: float = 1.0) -> None:
        self.temperature = temperature
        self.scale = scale

    def objective(
        self,
        loss: Loss,
        location: Tensor,
        draws: int,
        seed: keras.random.SeedGenerator,
    ) -> Tensor:
        """Averages what has the estimate as its slope."""
        logistic = location + logit(noise_for(location, draws, seed))
        gates = hard(logistic)
        again = conditional(location, gates, noise_for(location, draws, seed))
        soft, soft_again = (
            self.scale * loss(ops.sigmoid(x / self.temperature))
            for x in (logistic, again)
        )
        score = ops.stop_gradient(loss(gates) - soft_again)
        return ops.mean(
            score * log_probability(gates, location) + soft - soft_again
        )
