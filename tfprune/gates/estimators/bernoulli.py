"""What the estimators know of gates that are 0 or 1."""

from typing import Any

from keras import ops

Tensor = Any


def logit(probability: Tensor) -> Tensor:
    """Computes `log p - log(1 - p)`."""
    return ops.log(probability) - ops.log(1 - probability)


def hard(logistic: Tensor) -> Tensor:
    """Returns 1 where a number is positive, else 0; it has no slope."""
    return ops.stop_gradient(ops.cast(logistic > 0, "float32"))


def drawn(location: Tensor, noise: Tensor) -> Tensor:
    """Draws gates that are 1 with probability `sigmoid(location)`.

    Args:
        location: float32 `(channels,)` or `(draws, channels)`.
        noise: float32 `(draws, channels)`, uniform between 0 and 1.

    Returns:
        float32 `(draws, channels)` of zeros and ones, without a slope.
    """
    return hard(location + logit(noise))


def coupling(gates: Tensor, share: Tensor, noise: Tensor) -> Tensor:
    """Computes how far a logistic number and its twin part with the location.

    The number is `z = location + logit(u)`; its twin is drawn again, given on
    which side of 0 it falls, with just the noise that makes it the same
    number: `v = (u - 1 + t) / t` for gates of 1 and `u / (1 - t)` for gates of
    0, where `t = sigmoid(location)`. With `v` held, the slopes of the two
    differ by what this returns.

    Args:
        gates: float32 `(draws, channels)` of zeros and ones.
        share: `t`.
        noise: `u`, float32 `(draws, channels)`.
    """
    return gates * (1 - share) / noise + (1 - gates) * share / (1 - noise)


def along(estimates: Tensor, location: Tensor) -> Tensor:
    """Makes the scalar whose slope by the location is a mean of estimates.

    Args:
        estimates: float32 `(draws, channels)`; they count as constants.
        location: float32 `(channels,)` or `(draws, channels)`.
    """
    each = ops.sum(ops.stop_gradient(estimates) * location, axis=-1)
    return ops.mean(each)
