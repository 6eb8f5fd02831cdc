"""Budgets of other networks: gates, residuals, filters and their inputs."""

import keras
import pytest
from keras import layers

import tfprune
from tests.callbacks.controlled_training import (
    accuracy,
    fit,
    momentum,
    shares,
)
from tfprune import models
from tfprune.callbacks import BudgetController
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


def test_gates_and_penalties_follow_one_scale():
    inputs = keras.Input((8, 8, 1))
    x = layers.Conv2D(32, 3, kernel_regularizer=GroupLasso(1.0))(inputs)
    x = layers.GlobalAveragePooling2D()(layers.ReLU()(x))
    x = layers.Dense(48, activation="relu")(x)
    gate = HardConcrete(1e-2, drop_rate=0.2, seed=0)
    outputs = layers.Dense(10, activation="softmax")(gate(x))
    model = keras.Model(inputs, outputs)
    scales = []
    watch = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda *_: scales.append(
            (
                float(model.optimizer.penalty_scale),
                float(gate.penalty_scale),
            )
        )
    )
    controller = BudgetController(macs=0.5, verbose=0)
    fit(model, controller, watch, optimizer=Proximal(momentum()))
    assert 0.95 * 0.5 <= shares(model)["macs"] <= 0.5
    assert all(one == two for one, two in scales)
    assert len(set(scales)) > 2


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
