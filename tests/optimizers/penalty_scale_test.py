"""The scale of all penalties, set while a network trains."""

import keras
import numpy as np
import pytest

from tests.optimizers.least_squares import (
    STRENGTH,
    by_hand,
    ista,
    linear_model,
    matrix,
    restart,
    update,
)
from tests.optimizers.scaled_training import SCALES, fit_scaled, scaled_by_hand

CLOSE = {"rtol": 1e-4, "atol": 1e-5}


def test_one_at_first():
    scale = ista(0.3).penalty_scale
    assert scale.shape == ()
    assert scale.dtype == "float32"
    assert not scale.trainable
    assert float(scale) == 1.0


@pytest.mark.parametrize("scale", [0.0, 0.5, 4.0])
def test_it_multiplies_the_strength(scale):
    model = linear_model(ista(0.3))
    model.optimizer.penalty_scale.assign(scale)
    found = update(model, 30)
    expected = by_hand([0.3] * 30, strength=scale * STRENGTH)
    np.testing.assert_allclose(found, expected, **CLOSE)


@pytest.mark.parametrize("jit_compile", [True, False])
def test_it_is_assigned_during_training_without_a_new_trace(jit_compile):
    model, traces = fit_scaled(jit_compile)
    np.testing.assert_allclose(matrix(model), scaled_by_hand(), **CLOSE)
    assert len(set(SCALES)) > 2
    assert traces == 1


def test_the_loss_shows_the_penalty_unscaled():
    def loss(model):
        zeros = np.zeros((1, 8)), np.zeros((1, 5))
        return model.evaluate(*zeros, verbose=0)

    model = linear_model(ista(0.3))
    before = loss(model)
    model.optimizer.penalty_scale.assign(3.0)
    assert loss(model) == before > 0


def test_it_is_reached_through_loss_scaling():
    scaled = keras.optimizers.LossScaleOptimizer(ista(0.3))
    model = linear_model(scaled)
    scaled.inner_optimizer.penalty_scale.assign(0.0)
    restart(model)
    update(model, 5)
    expected = by_hand([0.3] * 5, strength=0.0)[-1]
    np.testing.assert_allclose(matrix(model), expected, **CLOSE)
