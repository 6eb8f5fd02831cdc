"""What the estimators know of gates that are 0 or 1."""

from typing import Any

import keras
from keras import ops

from tfprune.gates.noise import uniform

Tensor = Any


def noise_for(
    location: Tensor, draws: int, seed: keras.random.SeedGenerator
) -> Tensor:
    """Draws uniform noise of shape `(draws, channels)`."""
    return uniform((draws, location.shape[-1]), seed)


def logit(probability: Tensor) -> Tensor:
    """Computes `log p - log(1 - p)`."""
    return ops.log(probability) - ops.log(1 - probability)


def hard(logistic: Tensor) -> Tensor:
    """Returns 1 where a number is positive, else 0; it has no slope."""
    return ops.stop_gradient(ops.cast(logistic > 0, "float32"))


def log_probability(gates: Tensor, location: Tensor) -> Tensor:
    """Computes `log p(gates)` of each draw, shape `(draws,)`."""
    each = gates * location - ops.softplus(location)
    return ops.sum(each, axis=-1)


def conditional(location: Tensor, gates: Tensor, noise: Tensor) -> Tensor:
    """Draws logistic numbers again, given on which side of 0 they fall.

    They depend on the location smoothly, through the noise too: with
    `t = sigmoid(location)` they are `location + logit(v')`, where `v'` is
    `v t + 1 - t` for gates of 1 and `v (1 - t)` for gates of 0.
    """
    share = ops.sigmoid(location)
    above, below = noise * share + 1 - share, noise * (1 - share)
    return location + logit(gates * above + (1 - gates) * below)


def conditional_slope(location: Tensor, gates: Tensor, noise: Tensor) -> Tensor:
    """Computes the slope of `conditional` by the location."""
    share = ops.sigmoid(location)
    above, below = noise * share + 1 - share, noise * (1 - share)
    place = gates * above + (1 - gates) * below
    moved = gates * (noise - 1) - (1 - gates) * noise
    return 1 + share * (1 - share) * moved / (place * (1 - place))
