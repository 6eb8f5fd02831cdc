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


class Estimator(ABC, keras.layers.Layer):
    """Estimates the slope of `E[f(b)]`, where `b` is 0 or 1 at random.

    Each gate is 1 with probability `sigmoid(location)`. The expectation has a
    slope by the location though a draw has none; an estimator makes a number
    whose slope, found by any backend, has the right mean (or nearly).

    It is a layer for what it remembers and learns alone: `build` it with
    `(channels,)`, and update its trainable variables by the slope of the same
    objective. `tfprune.gates.GatedModel` does all that.

    Attributes:
        further_losses: How many losses an objective evaluates besides that of
            the draw.

    Example:

    ```python
    estimator = tfprune.gates.estimators.Arm()
    noise = keras.random.uniform((1, 3))
    value = loss(drawn(location, noise))
    with tf.GradientTape() as tape:
        objective = estimator.objective(loss, location, noise, value)
    slope = tape.gradient(objective, location)
    ```
    """

    further_losses = 0

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Makes the variables; most estimators have none.

        Args:
            input_shape: `(channels,)`, the number of all gates together.
        """

    @abstractmethod
    def objective(
        self, loss: Loss, location: Tensor, noise: Tensor, value: Tensor
    ) -> Tensor:
        """Computes a number whose slope is the estimate.

        Args:
            loss: The function of the gates; all of its calls must be on the
                same examples.
            location: float32 `(channels,)`, or `(draws, channels)` to have an
                estimate for each draw.
            noise: float32 `(draws, channels)`, uniform between 0 and 1: what
                the gates are drawn from. The estimates of the draws are
                averaged.
            value: float32 `(draws,)`, the loss of
                `tfprune.gates.estimators.drawn(location, noise)`.

        Returns:
            float32 scalar; only its slopes mean something.
        """

    def observe(self, value: Tensor) -> None:
        """Remembers the losses of the draws, once a step is done.

        Args:
            value: float32 `(draws,)`.
        """
