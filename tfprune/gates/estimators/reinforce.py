"""The score function: no bias, and much noise."""

from typing import Any

import keras
from keras import ops

from tfprune.gates.estimators.bernoulli import along, drawn
from tfprune.gates.estimators.estimator import (
    ESTIMATORS,
    Estimator,
    Loss,
    Tensor,
)
from tfprune.gates.settings import as_probability


@keras.saving.register_keras_serializable(package="tfprune")
@ESTIMATORS.register("reinforce")
class Reinforce(Estimator):
    """Takes `(f(b) - c)` times the slope of `log p(b)`; `c` are earlier losses.

    Needs one value of `f`, and no slope. The baseline `c` is a moving average
    of the losses of the steps before, so that the estimate has no bias.
    Without it the noise is as large as the loss itself, however little the
    gates matter.

    Source: Williams, "Simple Statistical Gradient-Following Algorithms for
    Connectionist Reinforcement Learning", 1992.

    Args:
        momentum: How much of the average a step keeps, between 0 and 1; None
            for no baseline.
        **kwargs: `name` and `dtype`, as for any Keras layer.

    Raises:
        InvalidInputError: When the momentum is out of range.
    """

    def __init__(self, momentum: float | None = 0.99, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.momentum = (
            None
            if momentum is None
            else as_probability(momentum, "momentum", "Reinforce")
        )

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Makes the sums that the moving average is the ratio of."""
        self.total, self.count = (
            self.add_weight(
                shape=(),
                initializer="zeros",
                dtype="float32",
                trainable=False,
                autocast=False,
                aggregation="mean",
                name=name,
            )
            for name in ("total", "count")
        )

    def objective(
        self, loss: Loss, location: Tensor, noise: Tensor, value: Tensor
    ) -> Tensor:
        """Averages the estimate times the location."""
        baseline = self.total / ops.maximum(self.count, 1e-6)
        surprise = (value - baseline)[:, None]
        score = drawn(location, noise) - ops.sigmoid(location)
        return along(surprise * score, location)

    def observe(self, value: Tensor) -> None:
        """Takes the losses of the draws into the average."""
        if self.momentum is not None:
            keep = self.momentum
            mean = ops.mean(ops.stop_gradient(value))
            self.total.assign(keep * self.total + (1 - keep) * mean)
            self.count.assign(keep * self.count + (1 - keep))

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {**super().get_config(), "momentum": self.momentum}
