"""The score function, less what relaxed gates tell of it."""

import math
from typing import Any

import keras
from keras import ops

from tfprune.gates.estimators.bernoulli import coupling, hard, logit
from tfprune.gates.estimators.estimator import (
    ESTIMATORS,
    Estimator,
    Loss,
    Tensor,
)
from tfprune.gates.settings import as_positive

STEP = 0.05
"""How far apart the logarithms of two temperatures are, whose squared
estimates tell in which direction the temperature goes."""


@keras.saving.register_keras_serializable(package="tfprune")
@ESTIMATORS.register("rebar")
class Rebar(Estimator):
    """Takes the loss of relaxed gates as control variate of the score.

    `[f(b) - c - eta f(s')] dlog p(b) + eta df(s) - eta df(s')`, where
    `s = sigmoid(z / T)` is relaxed, and `s'` is so too, drawn again given `b`.
    The noise of the second draw is coupled to that of the first, as in the
    authors' code: then `s'` equals `s`, but has another slope, so that one
    value of `f` and its slope serve both.

    Without bias whatever `eta`, `T` and the baseline `c` are. They are learned
    by the slope of the squared estimate; for `T` that is a difference of two
    temperatures. So a step needs two values of `f` and their slopes besides
    that of the draw, or one with `trainable=False`, which keeps the settings
    as they are.

    Source: Tucker et al., "REBAR: Low-variance, unbiased gradient estimates
    for discrete latent variable models", NeurIPS 2017 (arXiv:1703.07370).

    Args:
        temperature: How soft the relaxed gates are at the start, more than 0.
        scale: How much of the control variate is used at the start, more than
            0.
        **kwargs: `name`, `trainable` and `dtype`, as for any Keras layer.

    Raises:
        InvalidInputError: When a number is out of range.
    """

    further_losses = 2

    def __init__(
        self, temperature: float = 0.5, scale: float = 1.0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.temperature = as_positive(temperature, "temperature", "Rebar")
        self.scale = as_positive(scale, "scale", "Rebar")

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Makes the settings."""
        for name, start in (
            ("learned_scale", self.scale),
            ("log_temperature", math.log(self.temperature)),
            ("baseline", 0.0),
        ):
            weight = self.add_weight(
                shape=(),
                initializer=keras.initializers.Constant(start),
                dtype="float32",
                autocast=False,
                name=name,
            )
            setattr(self, name, weight)

    def objective(
        self, loss: Loss, location: Tensor, noise: Tensor, value: Tensor
    ) -> Tensor:
        """Averages what has the estimate as its slope."""
        steps = (0.0, STEP) if self.trainable else (0.0,)
        channels = noise.shape[-1]
        found = relaxation(steps)(
            location + ops.zeros_like(noise),
            noise,
            ops.stop_gradient(value),
            1.0 * self.learned_scale,
            1.0 * self.log_temperature,
            1.0 * self.baseline,
        )
        soft = [
            loss(found[:, x * channels : (x + 1) * channels])
            for x in range(len(steps))
        ]
        told = [*map(ops.stop_gradient, soft), ops.ones_like(value)]
        tellers = found[:, len(steps) * channels :]
        return ops.mean(
            sum(soft) + ops.sum(ops.stack(told, axis=-1) * tellers, axis=-1)
        )

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {
            **super().get_config(),
            "temperature": self.temperature,
            "scale": self.scale,
        }


def relaxation(steps: tuple[float, ...]) -> Any:
    """Makes the function that relaxes gates, and has the estimate as slope.

    It returns the relaxed gates at each temperature, and columns of zeros. The
    objective multiplies these by the losses and by 1. So what comes back as
    their slopes are the losses, beside the slopes of the losses by the gates,
    each times the slope of the objective itself: all that the estimate, and
    the slope of its square by the settings, are made of.

    Args:
        steps: What is added to the logarithm of the temperature; the first is
            0.

    Returns:
        A function of the location, the noise, the loss of the draw, the scale,
        the logarithm of the temperature and the baseline.
    """

    @ops.custom_gradient
    def relaxed(
        location: Tensor,
        noise: Tensor,
        value: Tensor,
        scale: Tensor,
        log_temperature: Tensor,
        baseline: Tensor,
    ) -> tuple[Tensor, Any]:
        logistic = location + logit(noise)
        temperatures = [ops.exp(log_temperature + x) for x in steps]
        soft = [ops.sigmoid(logistic / x) for x in temperatures]
        tellers = ops.zeros_like(noise[:, :1])
        returned = ops.concatenate(
            [*soft, *[tellers] * (len(steps) + 1)], axis=-1
        )

        def slopes(*arguments: Any, upstream: Any = None) -> tuple[Any, ...]:
            if upstream is None:
                (upstream,) = arguments
            factor, channels = upstream[:, -1:], noise.shape[-1]
            share, gates = ops.sigmoid(location), hard(logistic)
            score = gates - share
            estimates, controls = [], []
            for index, temperature in enumerate(temperatures):
                begin, loss = index * channels, index - len(steps) - 1
                by_gate = upstream[:, begin : begin + channels] / factor
                by_logistic = soft[index] * (1 - soft[index]) / temperature
                controls.append(
                    by_gate * by_logistic * coupling(gates, share, noise)
                    - (upstream[:, loss, None] / factor) * score
                )
                rest = (value - baseline)[:, None] * score
                estimates.append(rest + scale * controls[-1])
            squares = [ops.sum(factor * ops.square(x)) for x in estimates]
            twice = 2 * factor * estimates[0]
            return (
                factor * estimates[0],
                ops.zeros_like(noise),
                ops.zeros_like(value),
                ops.sum(twice * controls[0]),
                (squares[-1] - squares[0]) / STEP,
                -ops.sum(twice * score),
            )

        return returned, slopes

    return relaxed
