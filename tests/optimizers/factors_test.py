"""Factors of single penalties, beside the scale of all."""

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
from tfprune.regularizers import L1

CLOSE = {"rtol": 1e-4, "atol": 1e-5}


def weighed_model(factor, optimizer=None, **settings):
    """A model whose only penalty has a factor."""
    model = linear_model(optimizer or ista(0.3), **settings)
    optimizer = model.optimizer
    optimizer.build(model.trainable_variables)
    optimizer.factor(model.layers[0].kernel).assign(factor)
    return model


@pytest.mark.parametrize("jit_compile", [True, False])
def test_a_factor_multiplies_strength_and_scale(jit_compile):
    model = weighed_model(0.5, jit_compile=jit_compile)
    model.optimizer.penalty_scale.assign(3.0)
    expected = by_hand([0.3] * 5, strength=1.5 * STRENGTH)
    np.testing.assert_allclose(update(model, 5), expected, **CLOSE)
    # Assigned to later, it needs no new trace.
    model.optimizer.factor(model.layers[0].kernel).assign(0.0)
    restart(model)
    expected = by_hand([0.3] * 5, strength=0.0)
    np.testing.assert_allclose(update(model, 5), expected, **CLOSE)


def test_it_is_one_at_first_and_made_once():
    model = linear_model(ista(0.3))
    optimizer, kernel = model.optimizer, model.layers[0].kernel
    optimizer.build(model.trainable_variables)
    assert optimizer.factor_of(kernel) is None
    factor = optimizer.factor(kernel)
    assert (factor.shape, factor.dtype, float(factor)) == ((), "float32", 1.0)
    assert optimizer.factor(kernel) is optimizer.factor_of(kernel)
    assert len(optimizer.factors) == 1


def test_only_the_penalty_of_its_variable_is_weighed():
    inputs = keras.Input((8,))
    one, two = (
        keras.layers.Dense(5, use_bias=False, kernel_regularizer=L1(0.1))
        for _ in range(2)
    )
    model = keras.Model(inputs, keras.layers.Add()([one(inputs), two(inputs)]))
    for layer in (one, two):
        layer.kernel.assign(np.ones((8, 5)))
    model.compile(ista(0.3), "mse")
    model.optimizer.build(model.trainable_variables)
    model.optimizer.factor(one.kernel).assign(2.0)
    model.train_on_batch(np.zeros((4, 8)), np.zeros((4, 5)))
    np.testing.assert_allclose(np.array(one.kernel), 1 - 0.3 * 0.2, rtol=1e-6)
    np.testing.assert_allclose(np.array(two.kernel), 1 - 0.3 * 0.1, rtol=1e-6)


def test_training_goes_on_with_the_factors_of_a_file(tmp_path):
    whole, half = weighed_model(0.25), weighed_model(0.25)
    update(whole, 10)
    update(half, 5)
    half.save(tmp_path / "half.keras")
    resumed = keras.saving.load_model(tmp_path / "half.keras")
    kernel = resumed.layers[0].kernel
    assert float(resumed.optimizer.factor_of(kernel)) == 0.25
    update(resumed, 5)
    np.testing.assert_allclose(matrix(resumed), matrix(whole), rtol=1e-6)


def test_memory_comes_back_with_a_file(tmp_path):
    model = linear_model(ista(0.3))
    optimizer = model.optimizer
    optimizer.build(model.trainable_variables)
    held = optimizer.memory.make("travel", (3,))
    assert np.isnan(np.array(held)).all()
    held.assign([1.0, 2.0, np.inf])
    update(model, 2)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras").optimizer
    assert loaded.memory.get("none") is None
    np.testing.assert_array_equal(loaded.memory.get("travel"), held)


def test_memory_of_another_shape_is_forgotten():
    optimizer = ista(0.3)
    optimizer.memory.make("travel", (3,)).assign([1.0, 2.0, 3.0])
    store: dict = {}
    optimizer.save_own_variables(store)
    other = optimizer.memory.make("travel", (2,))
    assert other.shape == (2,)
    assert np.isnan(other).all()
    assert optimizer.memory.variables == [other]
    other.assign([4.0, 5.0])
    optimizer.load_own_variables(store)
    assert optimizer.memory.get("travel") is other
    assert np.isnan(other).all()
