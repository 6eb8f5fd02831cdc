"""Proximal against proximal gradient descent written by hand."""

import keras
import numpy as np
import pytest

from tests.optimizers.least_squares import (
    STRENGTH,
    by_hand,
    fit,
    gradient,
    ista,
    linear_model,
    matrix,
    shorten_columns,
    shrink_each,
    start,
    update,
)
from tfprune.optimizers import Proximal
from tfprune.regularizers import L1, GroupLasso

UPDATES = 100
CLOSE = {"rtol": 1e-4, "atol": 1e-5}


@pytest.mark.parametrize("jit_compile", [True, False])
@pytest.mark.parametrize(
    ("penalty", "proximity"),
    [
        (GroupLasso(STRENGTH), shorten_columns),
        (L1(STRENGTH), shrink_each),
    ],
)
def test_every_update(penalty, proximity, jit_compile):
    model = linear_model(ista(0.3), penalty, jit_compile)
    expected = by_hand([0.3] * UPDATES, proximity)
    found = update(model, UPDATES)
    np.testing.assert_allclose(found, expected, **CLOSE)
    np.testing.assert_array_equal(found == 0, expected == 0)
    assert 0 < np.count_nonzero(found[-1]) < found[-1].size


def test_the_rate_of_a_schedule_is_that_of_the_update():
    schedule = keras.optimizers.schedules.ExponentialDecay(0.5, 10, 0.5)
    rates = [0.5 * 0.5 ** (update / 10) for update in range(UPDATES)]
    found = update(linear_model(ista(schedule)), UPDATES)
    np.testing.assert_allclose(found, by_hand(rates), **CLOSE)


def test_the_rate_that_a_callback_sets():
    rates = [0.5, 0.1, 0.3, 0.2, 0.4]
    model = linear_model(ista(7.0))
    callback = keras.callbacks.LearningRateScheduler(lambda epoch: rates[epoch])
    fit(model, len(rates), callbacks=[callback])
    np.testing.assert_allclose(matrix(model), by_hand(rates)[-1], **CLOSE)


def test_reduce_on_plateau():
    model = linear_model(ista(0.1))
    plateau = keras.callbacks.ReduceLROnPlateau(
        monitor="loss", factor=0.5, patience=1, min_delta=1e9
    )
    fit(model, 4, callbacks=[plateau])
    rates = [0.1, 0.1, 0.05, 0.025]
    np.testing.assert_allclose(matrix(model), by_hand(rates)[-1], **CLOSE)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.0125)


def test_weight_decay_comes_before():
    model = linear_model(ista(0.3, weight_decay=0.2))
    expected = by_hand([0.3] * UPDATES, weight_decay=0.2)
    found = update(model, UPDATES)
    np.testing.assert_allclose(found, expected, **CLOSE)
    np.testing.assert_array_equal(found == 0, expected == 0)


def test_weights_can_be_kept_from_decay():
    optimizer = ista(0.3, weight_decay=0.2)
    optimizer.exclude_from_weight_decay(var_names=["kernel"])
    found = update(linear_model(optimizer), 5)
    np.testing.assert_allclose(found, by_hand([0.3] * 5), **CLOSE)


def test_clipping_sees_the_loss_without_the_penalty():
    length = np.linalg.norm(gradient(start())) * 1.01
    clipped = linear_model(ista(0.3, clipnorm=float(length)))
    found = update(clipped, 3)
    np.testing.assert_allclose(found, by_hand([0.3] * 3), **CLOSE)


def test_a_constant_loss_scale():
    found = update(linear_model(ista(0.3, loss_scale_factor=64.0)), 5)
    np.testing.assert_allclose(found, by_hand([0.3] * 5), **CLOSE)


@pytest.mark.parametrize("factor", [None, 64.0])
def test_inside_a_multi_optimizer(factor):
    proximal = ista(0.3)
    multi = keras.optimizers.MultiOptimizer(
        lambda variable: proximal, loss_scale_factor=factor
    )
    found = update(linear_model(multi), 5)
    np.testing.assert_allclose(found, by_hand([0.3] * 5), **CLOSE)


@pytest.mark.parametrize("nesterov", [True, False])
def test_momentum_comes_to_rest_where_plain_descent_does(nesterov):
    plain = by_hand([0.5] * 3000)[-1]
    inner = keras.optimizers.SGD(0.05, momentum=0.9, nesterov=nesterov)
    model = linear_model(Proximal(inner))
    update(model, 500)
    np.testing.assert_allclose(matrix(model), plain, atol=1e-3)
    np.testing.assert_array_equal(matrix(model) == 0, plain == 0)
    assert 0 < np.count_nonzero(plain) < plain.size
