"""Penalties follow what channels cost in the model that is left."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.callbacks.controlled_training import (
    fit,
    momentum,
    network,
    penalized,
    shares,
    widths,
)
from tests.callbacks.counting import Counting
from tfprune.callbacks import BudgetController, UpdateCosts
from tfprune.errors import InvalidInputError, TfpruneError
from tfprune.gates import HardConcrete
from tfprune.optimizers import Proximal
from tfprune.pruners.channel_costs import channel_costs
from tfprune.regularizers import L1

COSTS = {
    "memory": lambda a, b, c: (
        9 * (1 + b) + 64,
        9 * (a + c) + 64,
        9 * b + 10 + 16,
    ),
    "macs": lambda a, b, c: (
        64 * 9 * (1 + b),
        64 * 9 * a + 16 * 9 * c,
        16 * 9 * b + 10,
    ),
    "parameters": lambda a, b, c: (
        9 + 4 + 9 * b,
        9 * a + 4 + 9 * c,
        9 * b + 14,
    ),
}
"""What a channel of each convolution costs at their three widths."""


@pytest.fixture(scope="module")
def trained():
    """A model of which a third is left, and the strip of it."""
    model = penalized()
    controller = BudgetController(macs=0.3, reach=0.6, verbose=0)
    fit(model, UpdateCosts(), controller, optimizer=Proximal(momentum()))
    return model, tfprune.strip(model)


def factors(model):
    """The factor of each of the three scales."""
    return [
        float(model.optimizer.factor_of(model.get_layer(f"norm_{x}").gamma))
        for x in range(3)
    ]


@pytest.mark.parametrize("cost", COSTS)
def test_factors_are_the_costs_of_the_stripped_model(trained, cost):
    model, small = trained
    callback = UpdateCosts(cost)
    callback.set_model(model)
    callback.on_train_begin()
    callback.on_epoch_begin(0)
    left, full = widths(small), (24, 32, 40)
    assert min(left) > 0 and sum(left) < sum(full)
    expected = np.divide(COSTS[cost](*left), COSTS[cost](*full))
    np.testing.assert_allclose(factors(model), expected, rtol=1e-6)
    traced = {
        group.name: one
        for group, one in channel_costs(tfprune.trace(small), cost)
    }
    assert tuple(traced.values()) == COSTS[cost](*left)


def test_the_controller_meets_its_budget_with_them(trained):
    model, _ = trained
    assert 0.95 * 0.3 <= shares(model)["macs"] <= 0.3
    assert all(0 < x < 1 for x in factors(model))


def test_factors_change_from_epoch_to_epoch_without_a_new_trace():
    model, loss, seen = penalized(0.02), Counting(), []
    model.compile(Proximal(momentum()), loss, jit_compile=False)
    watch = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda *_: seen.append(factors(model))
    )
    fit(model, UpdateCosts(), epochs=1)
    loss.traces = 0
    for layer in ("norm_0", "norm_1"):
        gamma = model.get_layer(layer).gamma
        gamma.assign(np.where(np.arange(gamma.shape[0]) < 10, 0, gamma))
    fit(model, UpdateCosts(), watch, epochs=3)
    assert loss.traces == 1
    assert max(seen[0]) < 1
    assert seen[0] != seen[-1]


def test_a_layer_without_channels_is_counted_as_one_wide():
    model = penalized()
    model.compile(Proximal("sgd"), "mse")
    model.get_layer("norm_1").gamma.assign(np.zeros(32))
    callback = UpdateCosts("memory")
    callback.set_model(model)
    callback.on_train_begin()
    callback.on_epoch_begin(0)
    expected = np.divide(
        COSTS["memory"](24, 1, 40), COSTS["memory"](24, 32, 40)
    )
    np.testing.assert_allclose(factors(model), expected, rtol=1e-6)


def begin(model, optimizer=None):
    model.compile(optimizer or Proximal("sgd"), "mse")
    callback = UpdateCosts()
    callback.set_model(model)
    callback.on_train_begin()
    return callback


def test_weights_that_are_not_numbers_stop_training():
    model = penalized()
    callback = begin(model)
    model.get_layer("norm_1").gamma.assign([np.nan] * 32)
    with pytest.raises(TfpruneError, match="'norm_1' hold NaN in epoch 4"):
        callback.on_epoch_begin(3)


def test_scales_of_several_groups_are_refused():
    inputs = keras.Input((8,))
    parts = [layers.Dense(x, name=f"part_{x}")(inputs) for x in (3, 4)]
    x = layers.Concatenate()(parts)
    x = layers.BatchNormalization(gamma_regularizer=L1(1.0), name="norm")(x)
    model = keras.Model(inputs, layers.Dense(2)(x))
    with pytest.raises(InvalidInputError, match="'gamma' of 'norm' has those"):
        begin(model)


def test_gates_alone_are_refused():
    inputs = keras.Input((8,))
    x = HardConcrete(1e-2)(layers.Dense(6)(inputs))
    with pytest.raises(InvalidInputError, match="gates keep theirs"):
        begin(keras.Model(inputs, layers.Dense(2)(x)))


def test_other_wrong_input_is_refused():
    with pytest.raises(InvalidInputError, match="memory, macs, parameters"):
        UpdateCosts("bytes")
    with pytest.raises(InvalidInputError, match=r"Proximal\(SGD\(...\)\)"):
        begin(penalized(), keras.optimizers.SGD())
    with pytest.raises(InvalidInputError, match="no penalty or gate"):
        begin(network())
