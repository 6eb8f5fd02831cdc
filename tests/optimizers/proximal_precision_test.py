"""Proximal under reduced precision and loss scaling."""

import keras
import numpy as np
import pytest

from tests.optimizers.least_squares import (
    by_hand,
    ista,
    linear_model,
    matrix,
    start,
    update,
)


@pytest.fixture(params=["mixed_float16", "mixed_bfloat16"])
def policy(request):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(request.param)
    yield request.param
    keras.config.set_dtype_policy(before)


def test_mixed_precision(policy):
    model = linear_model(ista(0.3))
    scaled = isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    assert scaled == (policy == "mixed_float16")
    update(model, 100)
    expected = by_hand([0.3] * 100)[-1]
    np.testing.assert_allclose(matrix(model), expected, atol=0.02)
    np.testing.assert_array_equal(matrix(model) == 0, expected == 0)


def test_no_proximal_step_where_loss_scaling_skips_the_update():
    optimizer = keras.optimizers.LossScaleOptimizer(ista(0.3))
    model = linear_model(optimizer)
    inputs, outputs = np.ones((4, 8)), np.full((4, 5), np.inf)
    model.fit(inputs, outputs, verbose=0)
    np.testing.assert_array_equal(matrix(model), start())
    assert int(optimizer.iterations) == 0


def test_half_precision_variables():
    model = linear_model(ista(0.3), dtype="float16")
    assert model.layers[0].kernel.dtype == "float16"
    update(model, 100)
    expected = by_hand([0.3] * 100)[-1]
    np.testing.assert_allclose(matrix(model), expected, atol=0.05)
    assert np.any(~np.any(matrix(model), axis=0))
