"""Gates relaxed to numbers between 0 and 1: little noise, but a bias."""

from typing import Any

import keras
from keras import ops

from tfprune.gates.estimators.bernoulli import logit
from tfprune.gates.estimators.estimator import (
    ESTIMATORS,
    Estimator,
    Loss,
    Tensor,
)
from tfprune.gates.settings import as_positive


@keras.saving.register_keras_serializable(package="tfprune")
@ESTIMATORS.register("concrete")
class Concrete(Estimator):
    """Takes the slope at `sigmoid((location + logit(u)) / temperature)`.

    Biased, the less so the lower the temperature.

    Source: Maddison, Mnih, Teh, arXiv:1611.00712; Jang, Gu, Poole,
    arXiv:1611.01144.

    Args:
        temperature: How soft the gates are, more than 0.
        **kwargs: `name` and `dtype`, as for any Keras layer.

    Raises:
        InvalidInputError: When the temperature is out of range.
    """

    further_losses = 1

    def __init__(self, temperature: float = 0.5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.temperature = as_positive(temperature, "temperature", "Concrete")

    def objective(
        self, loss: Loss, location: Tensor, noise: Tensor, value: Tensor
    ) -> Tensor:
        """Averages the loss of relaxed gates."""
        logistic = location + logit(noise)
        return ops.mean(loss(ops.sigmoid(logistic / self.temperature)))

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {**super().get_config(), "temperature": self.temperature}
