"""Training whose penalties change in strength, and the same by hand.

Imports no backend by itself, so that a program can choose one first.
"""

import keras
import numpy as np

from tests.optimizers.least_squares import (
    STRENGTH,
    fit,
    gradient,
    ista,
    linear_model,
    shorten_columns,
    start,
)

RATE = 0.3
SCALES = [1.0, 0.0, 2.5, 2.5, 0.5, 1.5]


class Schedule(keras.callbacks.Callback):
    """Assigns one scale an epoch."""

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
        self.model.optimizer.penalty_scale.assign(SCALES[epoch])


class Counting(keras.losses.MeanSquaredError):
    """Counts how often the train step is traced."""

    traces = 0

    def call(self, y_true: object, y_pred: object) -> object:
        self.traces += 1
        return super().call(y_true, y_pred)


def fit_scaled(jit_compile: bool) -> tuple[keras.Model, int]:
    """Trains an epoch a scale; the model, and the traces of its step."""
    model = linear_model(ista(RATE))
    loss = Counting()
    model.compile(model.optimizer, loss=loss, jit_compile=jit_compile)
    fit(model, 1, callbacks=[Schedule()])
    first, loss.traces = loss.traces, 0
    assert first > 0
    fit(model, len(SCALES), initial_epoch=1, callbacks=[Schedule()])
    return model, 1 + loss.traces


def scaled_by_hand() -> np.ndarray:
    """Where proximal gradient descent ends with these scales."""
    weights = start().astype("float64")
    for scale in SCALES:
        moved = weights - RATE * gradient(weights)
        weights = shorten_columns(moved, RATE * STRENGTH * scale)
    return weights
