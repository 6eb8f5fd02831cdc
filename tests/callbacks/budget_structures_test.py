"""Budgets of other networks: gates, residuals, filters and their inputs."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.callbacks.controlled_training import (
    accuracy,
    fit,
    momentum,
    network,
    shares,
    widths,
)
from tfprune import models
from tfprune.callbacks import BudgetController, SparsityHistory
from tfprune.gates import HardConcrete
from tfprune.optimizers import Proximal
from tfprune.regularizers import GroupLasso


def gated(penalty: float) -> keras.Model:
    """A dense network whose units and inputs have gates."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 1))
    x = layers.Flatten()(inputs)
    for width in (64, 48):
        x = layers.Dense(width, activation="relu")(x)
        x = HardConcrete(penalty, drop_rate=0.2, seed=0)(x)
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(x))


@pytest.mark.parametrize("macs", [0.5, 0.2])
def test_gates(macs):
    model = gated(1e-3)
    controller = BudgetController(macs=macs, verbose=0)
    adam = keras.optimizers.Adam(0.003)
    fit(model, controller, optimizer=Proximal(adam), epochs=10)
    assert 0.95 * macs <= shares(model)["macs"] <= macs
    assert accuracy(model) > 0.8


@pytest.mark.parametrize("gate", ["hard_concrete", "bernoulli"])
def test_gates_alone_under_momentum(gate):
    model = tfprune.insert_gates(network(), strength=1e-3, cost=None, gate=gate)
    controller = BudgetController(macs=0.3, verbose=0)
    history = fit(
        model,
        controller,
        SparsityHistory(),
        optimizer=Proximal(momentum()),
        epochs=8,
    ).history
    left = shares(model)["macs"]
    assert 0.95 * 0.3 <= left <= 0.3
    assert history["live_macs"][-1] == pytest.approx(left)
    assert min(widths(tfprune.strip(model))) >= 4
    assert accuracy(model) > 0.6


def test_gates_follow_the_way_to_the_budget_whatever_the_optimizer():
    model = tfprune.insert_gates(network(), strength=1e-6)
    history = fit(
        model,
        BudgetController(macs=0.4, reach=1.0, verbose=0),
        optimizer=Proximal(keras.optimizers.Adam(0.003)),
    ).history
    way = [1 - 0.6 * (epoch + 1) / 5 for epoch in range(5)]
    np.testing.assert_allclose(history["open_macs"], way, atol=0.1)


def test_gates_stay_open_or_closed_after_every_update():
    model = tfprune.insert_gates(network(), strength=1e-3, cost=None)
    gates = [x for x in model.layers if isinstance(x, HardConcrete)]
    seen = []
    watch = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda *_, **__: seen.append(
            np.concatenate([x.values() for x in gates])
        )
    )
    controller = BudgetController(macs=0.4, reach=0.3, verbose=0)
    strong = keras.optimizers.SGD(1.0, momentum=0.9)
    fit(model, controller, watch, optimizer=Proximal(strong), epochs=3)
    closed = seen[-1] == 0
    assert 0 < closed.sum() < closed.size
    after = np.stack(seen[2 * len(seen) // 3 :])
    assert np.all(after[:, closed] == 0)
    assert np.all(after[:, ~closed] >= 0.5)


def test_the_penalties_of_steered_gates_are_not_in_the_loss():
    model = tfprune.insert_gates(network(), strength=1e3, cost=None)
    assert float(sum(model.losses)) > 1e4
    controller = BudgetController(macs=0.5, verbose=0)
    history = fit(
        model, controller, optimizer=Proximal(momentum()), epochs=2
    ).history
    assert max(history["loss"]) < 10


def test_gates_and_penalties_follow_one_scale():
    inputs = keras.Input((8, 8, 1))
    x = layers.Conv2D(32, 3, kernel_regularizer=GroupLasso(1.0))(inputs)
    x = layers.GlobalAveragePooling2D()(layers.ReLU()(x))
    x = layers.Dense(48, activation="relu")(x)
    gate = HardConcrete(20.0, drop_rate=0.2, seed=0)
    outputs = layers.Dense(10, activation="softmax")(gate(x))
    model = keras.Model(inputs, outputs)
    scales = []
    watch = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda *_: scales.append(
            float(model.optimizer.penalty_scale)
        )
    )
    controller = BudgetController(macs=0.5, verbose=0)
    fit(model, controller, watch, optimizer=Proximal(momentum()))
    assert 0.95 * 0.5 <= shares(model)["macs"] <= 0.5
    assert len(set(scales)) > 2
    assert gate.closed().any()
    small = tfprune.strip(model)
    assert small.layers[1].filters < 32


def test_channels_of_residual_connections():
    keras.utils.set_random_seed(0)
    model = tfprune.penalize_groups(
        models.get("residual_cnn")(widths=(16, 24)), strength=1e-3
    )
    controller = BudgetController(macs=0.4, verbose=0)
    fit(model, controller, optimizer=Proximal(momentum()), epochs=3)
    assert 0.9 * 0.4 <= shares(model)["macs"] <= 0.4


@pytest.mark.parametrize("structure", ["filter", "channel"])
def test_filters_and_their_inputs(structure):
    keras.utils.set_random_seed(0)
    penalty = GroupLasso(1e-2, structure=structure)
    model = models.get("vgg")(
        input_shape=(8, 8, 1), widths=(24, 32), kernel_regularizer=penalty
    )
    controller = BudgetController(macs=0.4, verbose=0)
    fit(model, controller, optimizer=Proximal(momentum()))
    assert 0.95 * 0.4 <= shares(model)["macs"] <= 0.4
