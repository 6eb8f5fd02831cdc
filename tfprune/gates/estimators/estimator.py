"""The base of the estimators, and their registry."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, TypeAlias

import keras

from tfprune.registry import Registry

Tensor = Any
Loss: TypeAlias = Callable[[Tensor], Tensor]
"""From gates of shape `(draws, channels)` to one number a draw."""

ESTIMATORS: "Registry[Estimator]" = Registry("estimator")


class Estimator(ABC):
    """Estimates the slope of `E[f(b)]`, where `b` is 0 or 1 at random.

    Each gate is 1 with probability `sigmoid(location)`. The expectation has a
    slope by the location though a draw has none; an estimator makes a number
    whose slope, found by any backend, has the right mean (or nearly).

    Example:

    ```python
    estimator = tfprune.gates.estimators.ESTIMATORS.get("arm")
    seed = keras.random.SeedGenerator(0)
    with tf.GradientTape() as tape:
        objective = estimator.objective(loss, location, 1, seed)
    slope = tape.gradient(objective, location)
    ```
    """

    @property
    def variables(self) -> list[keras.Variable]:
        """What the estimator learns, by minimizing its own objective."""
        return []

    @abstractmethod
    def objective(
        self,
        loss: Loss,
        location: Tensor,
        draws: int,
        seed: keras.random.SeedGenerator,
    ) -> Tensor:
        """Computes a number whose slope is the estimate.

        Args:
            loss: The function of the gates; all of its calls must be on the
                same examples.
            location: float32 `(channels,)`, or `(draws, channels)` to have an
                estimate for each draw.
            draws: How many draws are averaged.
            seed: What they come from.

        Returns:
            float32 scalar; only its slope by the location means something.
        """
