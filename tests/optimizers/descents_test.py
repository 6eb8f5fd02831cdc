"""Variables that go down after each update, and how far at most."""

import keras
import numpy as np
import pytest

from tests.optimizers.least_squares import (
    gradient,
    linear_model,
    matrix,
    start,
    update,
)
from tfprune.optimizers import Proximal

PUSH, LOWEST, LEAST = 0.02, -2.5, -0.4
RATE, SCALE = 0.05, 3.0
LIMIT = np.zeros((8, 5), "int8")
LIMIT[:, 0] = -1
LIMIT[:, 1] = 1


def model_that_descends(optimizer, **settings):
    model = linear_model(
        Proximal(optimizer), keras.regularizers.L2(0.0), **settings
    )
    proximal, kernel = model.optimizer, model.layers[0].kernel
    proximal.build(model.trainable_variables)
    proximal.descent(kernel).assign([PUSH, LOWEST, LEAST])
    proximal.limit(kernel, kernel.shape).assign(LIMIT)
    proximal.penalty_scale.assign(SCALE)
    return model


def by_hand(updates: int, rate: float, momentum: float) -> np.ndarray:
    """Gradient descent, a step down, and limits, in double precision."""
    weights, sums = start().astype("float64"), 0.0
    for _ in range(updates):
        sums = momentum * sums - rate * gradient(weights)
        weights = weights + sums
        step = rate / (1 - momentum) * SCALE
        weights[:, 2:] -= step * PUSH
        weights[:, 0] = LOWEST
        weights[:, 1] = np.maximum(weights[:, 1], LEAST)
    return weights


@pytest.mark.parametrize("jit_compile", [True, False])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_free_ones_go_down_and_the_others_are_held(momentum, jit_compile):
    sgd = keras.optimizers.SGD(RATE, momentum=momentum)
    model = model_that_descends(sgd, jit_compile=jit_compile)
    found = update(model, 8)[-1]
    expected = by_hand(8, RATE, momentum)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_adam_does_not_rescale_the_way_down():
    model = model_that_descends(keras.optimizers.Adam(RATE))
    other = model_that_descends(keras.optimizers.Adam(RATE))
    other.optimizer.penalty_scale.assign(0.0)
    before, after = update(other, 1)[-1], update(model, 1)[-1]
    moved = np.full((8, 3), RATE * SCALE * PUSH)
    np.testing.assert_allclose((before - after)[:, 2:], moved, rtol=1e-4)


def test_the_constraint_holds():
    model = model_that_descends(
        keras.optimizers.SGD(RATE), kernel_constraint=keras.constraints.NonNeg()
    )
    assert update(model, 3)[-1][:, 2:].min() == 0


def test_averages_are_held_too():
    sgd = keras.optimizers.SGD(RATE, use_ema=True, ema_momentum=0.99)
    model = model_that_descends(sgd)
    update(model, 5)
    model.optimizer.finalize_variable_values(model.trainable_variables)
    found = matrix(model)
    np.testing.assert_allclose(found[:, 0], LOWEST)
    assert found[:, 1].min() >= np.float32(LEAST)


def test_a_file_holds_them(tmp_path):
    sgd = keras.optimizers.SGD(RATE, momentum=0.9)
    model = model_that_descends(sgd)
    update(model, 4)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(
        update(loaded, 4)[-1], update(model, 4)[-1], rtol=1e-5
    )


def test_a_variable_that_nothing_moves():
    model = linear_model(Proximal("sgd"))
    update(model, 1)
    assert model.optimizer.descent_of(model.layers[0].kernel) is None
