"""Limits of single variables: held at zero, or kept from it."""

import keras
import numpy as np
import pytest

from tests.optimizers.least_squares import (
    fit,
    ista,
    linear_model,
    matrix,
    update,
)
from tests.optimizers.limited_training import (
    DROPPED,
    FREE,
    LIMITS,
    WEAK,
    limited_matrices,
    limited_model,
    momentum,
    unlimited_matrix,
)
from tfprune.optimizers import Proximal
from tfprune.regularizers import L1


def test_dropped_weights_are_zero_after_every_update():
    assert np.all(limited_matrices(20)[:, :, DROPPED] == 0)
    assert np.any(unlimited_matrix(20)[:, DROPPED] != 0)


def test_kept_weights_come_close_to_zero_but_never_there():
    matrices = limited_matrices(80)
    assert np.all(matrices[:, :, WEAK] != 0)
    assert np.abs(matrices[-1][:, WEAK]).max() < 1e-2
    assert np.all(unlimited_matrix(80)[:, WEAK] == 0)


def test_kept_weights_grow_again_once_the_penalty_is_weak():
    model = limited_model(momentum())
    small = np.abs(update(model, 80)[-1][:, WEAK]).max()
    model.optimizer.penalty_scale.assign(0.0)
    assert np.abs(update(model, 200)[-1][:, WEAK]).max() > 2 * small


def test_free_columns_are_updated_as_ever():
    np.testing.assert_allclose(
        limited_matrices(20)[-1][:, FREE], unlimited_matrix(20)[:, FREE]
    )


def test_a_variable_without_a_penalty_can_be_limited():
    model = keras.Sequential(
        [keras.Input((8,)), keras.layers.Dense(5, use_bias=False)]
    )
    model.compile(momentum(), "mse")
    optimizer = model.optimizer
    optimizer.build(model.trainable_variables)
    kernel = model.layers[0].kernel
    rows = np.zeros((8, 1), "int8")
    rows[3] = -1
    optimizer.limit(kernel, (8, 1)).assign(rows)
    found = update(model, 5)
    assert np.all(found[:, 3] == 0)
    assert np.all(found[:, 2] != 0)


def test_limits_are_made_once():
    model = limited_model(momentum())
    optimizer, kernel = model.optimizer, model.layers[0].kernel
    assert optimizer.limit(kernel, (1, 5)) is optimizer.limit_of(kernel)
    assert len(optimizer.limits) == 1
    assert optimizer.limit_of(keras.Variable(1.0)) is None


def test_limits_along_another_axis_come_on_top():
    model = limited_model(momentum())
    optimizer, kernel = model.optimizer, model.layers[0].kernel
    limit = optimizer.limit(kernel, (8, 1))
    np.testing.assert_array_equal(limit, np.repeat(LIMITS, 8, axis=0))
    assert optimizer.limit_of(kernel) is limit
    assert optimizer.limit(kernel, (1, 5)) is limit
    model.make_train_function(force=True)
    found = update(model, 5)
    assert np.all(found[:, :, DROPPED] == 0)
    assert np.any(found[:, :, FREE] != 0)


def test_training_goes_on_under_the_limits_of_a_file(tmp_path):
    whole = limited_model(momentum())
    update(whole, 10)

    half = limited_model(momentum())
    update(half, 5)
    half.save(tmp_path / "half.keras")
    resumed = keras.saving.load_model(tmp_path / "half.keras")
    limit = resumed.optimizer.limit_of(resumed.layers[0].kernel)
    np.testing.assert_array_equal(limit, LIMITS)
    update(resumed, 5)
    np.testing.assert_allclose(matrix(resumed), matrix(whole), rtol=1e-5)


def test_what_a_file_does_not_limit_is_free():
    limited = limited_model(momentum())
    kernel = limited.layers[0].kernel
    limited.optimizer.factor(kernel).assign(3.0)
    plain = linear_model(momentum(), L1(0.1))
    update(plain, 1)
    store: dict = {}
    plain.optimizer.save_own_variables(store)
    limited.optimizer.load_own_variables(store)
    assert not np.any(limited.optimizer.limit_of(kernel))
    assert float(limited.optimizer.factor_of(kernel)) == 1.0


def test_averages_do_not_revive_dropped_weights():
    model = linear_model(ista(0.1, use_ema=True), L1(0.0))
    update(model, 3)
    kernel = model.layers[0].kernel
    model.optimizer.limit(kernel, (1, 5)).assign(LIMITS)
    model.make_train_function(force=True)
    fit(model, 2)
    assert np.all(matrix(model)[:, DROPPED] == 0)
    assert np.all(matrix(model)[:, FREE] != 0)


@pytest.mark.parametrize("jit_compile", [True, False])
def test_limits_are_assigned_without_a_new_trace(jit_compile):
    model = linear_model(momentum(), L1(0.0), jit_compile=jit_compile)
    optimizer, kernel = model.optimizer, model.layers[0].kernel
    optimizer.build(model.trainable_variables)
    limit = optimizer.limit(kernel, (1, 5))
    assert np.all(update(model, 2)[:, :, DROPPED] != 0)
    limit.assign(LIMITS)
    assert np.all(update(model, 2)[:, :, DROPPED] == 0)


def test_under_loss_scaling():
    scaled = keras.optimizers.LossScaleOptimizer(
        Proximal(keras.optimizers.SGD(0.05))
    )
    model = linear_model(scaled, L1(0.0))
    scaled.build(model.trainable_variables)
    inner = scaled.inner_optimizer
    inner.limit(model.layers[0].kernel, (1, 5)).assign(LIMITS)
    found = update(model, 2)
    assert np.all(found[:, :, DROPPED] == 0)
    assert np.all(found[:, :, FREE] != 0)
