"""Gates relaxed to numbers between 0 and 1: little noise, but a bias."""

import keras
from keras import ops

from tfprune.gates.estimators.bernoulli import logit, noise_for
from tfprune.gates.estimators.estimator import (
    ESTIMATORS,
    Estimator,
    Loss,
    Tensor,
)


@ESTIMATORS.register("concrete")
class Concrete(Estimator):
    """Takes the slope at `sigmoid((location + logit(u)) / temperature)`.

    Biased, the less so the lower the temperature.

    Source: Maddison, Mnih, Teh, arXiv:1611.00712; Jang, Gu, Poole,
    arXiv:1611.01144.

    Args:
        temperature: How soft the gates are, more than 0.
    """

    def __init__(self, temperature: float = 0.5) -> None:
        self.temperature = temperature

    def objective(
        self,
        loss: Loss,
        location: Tensor,
        draws: int,
        seed: keras.random.SeedGenerator,
    ) -> Tensor:
        """Averages the loss of relaxed gates."""
        logistic = location + logit(noise_for(location, draws, seed))
        return ops.mean(loss(ops.sigmoid(logistic / self.temperature)))
