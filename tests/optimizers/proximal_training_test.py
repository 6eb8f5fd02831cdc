"""Proximal in the training of networks, with all that goes with it."""

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
    problem,
    restart,
    start,
    update,
)
from tests.optimizers.small_network import (
    INNER,
    has_negative_zeros,
    trained_network,
    zero_filters,
    zero_scales,
)
from tfprune.optimizers import Proximal
from tfprune.regularizers import L1

CLOSE = {"rtol": 1e-4, "atol": 1e-5}


@pytest.mark.parametrize("jit_compile", [True, False])
@pytest.mark.parametrize("inner", INNER)
def test_exact_zeros_in_a_network(inner, jit_compile):
    network = trained_network(inner, jit_compile)
    assert 0 < zero_filters(network) < 8
    assert 0 < zero_scales(network) < 8
    assert not has_negative_zeros(network)


def test_the_penalty_stays_in_the_loss():
    inputs, outputs = problem()
    loss = linear_model(ista(0.1)).train_on_batch(inputs, outputs)
    error = np.mean((inputs @ start() - outputs) ** 2)
    penalty = STRENGTH * np.linalg.norm(start(), axis=0).sum()
    assert loss == pytest.approx(error + penalty, rel=1e-5)


def test_a_plain_optimizer_afterwards_finds_the_penalty_again():
    model = linear_model(ista(0.1))
    update(model, 2)
    model.compile(keras.optimizers.SGD(0.1), loss="mse")
    restart(model)
    update(model, 1)
    slope = STRENGTH * start() / np.linalg.norm(start(), axis=0)
    expected = start() - 0.1 * (gradient(start()) + slope)
    np.testing.assert_allclose(matrix(model), expected, **CLOSE)


def test_other_variables_are_updated_as_ever():
    updated = {}
    for wrap in (Proximal, lambda inner: inner):
        keras.utils.set_random_seed(0)
        model = keras.Sequential(
            [keras.Input((8,)), keras.layers.Dense(5, name="dense")]
        )
        model.compile(wrap(keras.optimizers.Adam(0.01)), loss="mse")
        update(model, 3)
        updated[wrap] = matrix(model)
    np.testing.assert_array_equal(*updated.values())


def test_a_new_strength_after_a_new_trace():
    model = linear_model(ista(0.3))
    update(model, 2)
    model.layers[0].kernel_regularizer.strength = 2 * STRENGTH
    model.make_train_function(force=True)
    restart(model)
    update(model, 2)
    expected = by_hand([0.3] * 2, strength=2 * STRENGTH)[-1]
    np.testing.assert_allclose(matrix(model), expected, **CLOSE)


def test_a_constraint_comes_before():
    class Halve(keras.constraints.Constraint):
        def __call__(self, weights):
            return weights * np.float32([1, 1, 1, 0.5, 0])

    model = linear_model(ista(0.3), kernel_constraint=Halve())
    update(model, 1)
    moved = (start() - 0.3 * gradient(start())) * [1, 1, 1, 0.5, 0]
    norms = np.maximum(np.linalg.norm(moved, axis=0), 1e-9)
    expected = moved * np.maximum(1 - 0.3 * STRENGTH / norms, 0)
    np.testing.assert_allclose(matrix(model), expected, **CLOSE)


def test_averages_replace_all_weights_but_zeros():
    model = linear_model(ista(0.3, use_ema=True, ema_momentum=0.5))
    before_finalizing = []
    record = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda *_: before_finalizing.append(matrix(model))
    )
    fit(model, 20, callbacks=[record])
    last, average = before_finalizing[-1], matrix(model)
    zero = last == 0
    assert 0 < np.count_nonzero(zero) < zero.size
    np.testing.assert_array_equal(average[zero], 0)
    assert np.all(average[~zero] != last[~zero])
    np.testing.assert_allclose(average[~zero], last[~zero], atol=0.1)


def test_a_variable_without_a_gradient_stays():
    optimizer = ista(0.1)
    still, moved = (keras.Variable(np.ones((2, 2), "float32")) for _ in "ab")
    still.regularizer = moved.regularizer = L1(0.5)
    optimizer.build([still, moved])
    with pytest.warns(UserWarning, match="Gradients do not exist"):
        count = optimizer.apply_gradients(
            [(None, still), (np.full((2, 2), 0.5, "float32"), moved)]
        )
    np.testing.assert_array_equal(still, np.ones((2, 2)))
    # The gradient is the penalty's own: the proximal step alone is left.
    np.testing.assert_allclose(moved, np.full((2, 2), 1 - 0.1 * 0.5))
    assert int(count) == 1
