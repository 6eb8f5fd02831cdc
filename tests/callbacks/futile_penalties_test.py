"""Penalties and gates that close nothing are named before training."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.callbacks.controlled_training import fit, momentum, shares
from tfprune import models
from tfprune.callbacks import BudgetController, SparsityHistory
from tfprune.callbacks.live_channels import LiveChannels
from tfprune.errors import InvalidInputError
from tfprune.gates import HardConcrete
from tfprune.optimizers import Proximal
from tfprune.regularizers import L1, GroupLasso, TruncatedGroupLasso


def checked(model: keras.Model) -> dict[str, list[str]]:
    """What closes each group of a model that is checked."""
    channels = LiveChannels(tfprune.trace(model), "macs")
    channels.check()
    return {
        x.group.name: [f"{y.axis.layer}.{y.axis.weight}" for y in x.parts]
        for x in channels.steered
    }


def dense(units, name, x, penalty=None):
    return layers.Dense(units, kernel_regularizer=penalty, name=name)(x)


def test_a_penalty_on_frozen_channels():
    x = inputs = keras.Input((8,))
    x = dense(6, "hidden", x, GroupLasso(1.0))
    model = keras.Model(inputs, dense(3, "out", x, GroupLasso(1.0)))
    with pytest.raises(
        InvalidInputError,
        match="'out' have a penalty on 'kernel' of 'out', but must stay.*model "
        "output.*Take it off",
    ):
        checked(model)


def test_a_gate_on_an_output():
    x = inputs = keras.Input((8,))
    x = dense(3, "out", dense(6, "hidden", x, GroupLasso(1.0)))
    model = keras.Model(inputs, HardConcrete(1e-3, name="gate")(x))
    with pytest.raises(InvalidInputError, match="the gate 'gate', but must st"):
        checked(model)


def test_different_penalties_on_tied_channels():
    x = inputs = keras.Input((8,))
    x = dense(6, "hidden", x, GroupLasso(1.0))
    one = dense(6, "one", x, GroupLasso(1.0))
    two = dense(6, "two", x, GroupLasso(1.0, structure="shape"))
    model = keras.Model(inputs, dense(3, "out", layers.Add()([one, two])))
    with pytest.raises(InvalidInputError, match="cannot close them alone.*one"):
        checked(model)


def test_a_gate_and_a_penalty_on_the_same_channels():
    x = inputs = keras.Input((8,))
    x = dense(6, "hidden", x, GroupLasso(1.0))
    x = HardConcrete(1e-3, name="gate")(x)
    model = keras.Model(inputs, dense(3, "out", x))
    with pytest.raises(
        InvalidInputError,
        match="both the gate 'gate' and a penalty on 'kernel' of 'hidden'",
    ):
        checked(model)


def test_a_gate_before_one_of_two_readers():
    x = inputs = keras.Input((8,))
    x = dense(6, "hidden", x)
    gated = dense(4, "one", HardConcrete(1e-3, name="gate")(x), GroupLasso(1.0))
    other = dense(4, "two", x, GroupLasso(1.0))
    y = layers.Concatenate()([gated, other])
    with pytest.raises(InvalidInputError, match="the gate 'gate', which cann"):
        checked(keras.Model(inputs, dense(3, "out", y)))


def test_the_only_penalty_is_on_an_output():
    x = inputs = keras.Input((8,))
    model = keras.Model(inputs, dense(3, "out", x, GroupLasso(1.0)))
    with pytest.raises(InvalidInputError, match="'out', but must stay: they"):
        checked(model)


def test_the_only_gate_is_on_an_output():
    x = inputs = keras.Input((8,))
    x = dense(3, "out", x)
    model = keras.Model(inputs, HardConcrete(1e-3, name="gate")(x))
    with pytest.raises(InvalidInputError, match="the gate 'gate', but must st"):
        checked(model)


def hidden(penalty=None, gate=None, reader=None):
    """A network of one hidden layer."""
    x = inputs = keras.Input((8,))
    x = dense(6, "hidden", x, penalty)
    x = x if gate is None else gate(x)
    return keras.Model(inputs, dense(3, "out", x, reader))


def test_a_penalty_that_does_not_train():
    model = hidden(GroupLasso(1.0))
    model.get_layer("hidden").trainable = False
    with pytest.raises(
        InvalidInputError, match="'hidden', which cannot close.*does not train"
    ):
        checked(model)


def test_a_gate_that_does_not_train():
    gate = HardConcrete(1e-3, name="gate", trainable=False)
    with pytest.raises(InvalidInputError, match="'gate' does not train. Set "):
        checked(hidden(gate=gate))


def test_a_gate_and_a_penalty_on_what_reads_its_channels():
    gate = HardConcrete(1e-3, name="gate")
    with pytest.raises(
        InvalidInputError,
        match="both the gate 'gate' and a penalty on 'kernel' of 'out'",
    ):
        checked(hidden(gate=gate, reader=GroupLasso(1.0, "channel")))


def test_a_gate_beside_penalties_on_other_channels_is_fine():
    x = inputs = keras.Input((8,))
    x = HardConcrete(1e-3, name="gate")(dense(6, "hidden", x))
    x = dense(5, "next", x, L1(1.0))
    assert checked(keras.Model(inputs, dense(3, "out", x))) == {
        "hidden": ["gate.location"],
        "next": ["next.kernel"],
    }


def padded(activation="relu", **settings):
    """Scales with a penalty before a frozen, padded convolution."""
    x = inputs = keras.Input((8, 8, 1))
    x = layers.Conv2D(6, 3, padding="same", name="conv")(x)
    x = layers.BatchNormalization(
        gamma_regularizer=L1(1.0), name="norm", **settings
    )(x)
    x = layers.Activation(activation)(x)
    reader = layers.Conv2D(4, 3, padding="same", name="reader")
    x = layers.GlobalAveragePooling2D()(reader(x))
    x = layers.Dense(10, activation="softmax")(x)
    model = keras.Model(inputs, x)
    reader.trainable = False
    return model


def test_a_frozen_reader_of_channels_whose_shift_closes_too():
    model = padded()
    assert checked(model) == {"conv": ["norm.gamma"]}
    beta = model.get_layer("norm").beta
    beta.assign(np.ones(6))
    history = SparsityHistory()
    controller = BudgetController(macs=0.5, min_channels=1, verbose=0)
    fit(model, controller, history, optimizer=Proximal(momentum()), epochs=2)
    assert shares(model)["macs"] <= 0.5
    (last,) = history.records[-1:]
    assert last["live_macs"] == pytest.approx(last["open_macs"])
    closed = np.array(model.get_layer("norm").gamma) == 0
    assert 0 < closed.sum() < 6
    np.testing.assert_array_equal(np.array(beta) == 0, closed)


def test_a_frozen_reader_of_channels_that_keep_a_shift():
    with pytest.raises(
        InvalidInputError,
        match="'norm', but could not be removed.*does not train .reader.",
    ) as caught:
        checked(padded("sigmoid"))
    assert "\n" not in str(caught.value)
    model = padded()
    model.get_layer("norm").beta.trainable = False
    assert checked(model)
    model.get_layer("norm").beta.assign(np.ones(6))
    with pytest.raises(InvalidInputError, match="could not be removed once"):
        checked(model)


def test_the_controller_says_it_before_training():
    x = inputs = keras.Input((8, 8, 1))
    x = dense(6, "hidden", layers.Flatten()(x), GroupLasso(1.0))
    x = dense(10, "out", x, GroupLasso(1.0))
    model = keras.Model(inputs, layers.Softmax()(x))
    with pytest.raises(InvalidInputError, match="frozen by") as caught:
        fit(model, BudgetController(macs=0.5), optimizer=Proximal(momentum()))
    assert "\n" not in str(caught.value)
    assert int(model.optimizer.iterations) == 0


def test_a_penalty_on_single_weights_is_fine():
    x = inputs = keras.Input((8,))
    x = dense(6, "hidden", x, L1(1.0))
    model = keras.Model(inputs, dense(3, "out", x, L1(1.0)))
    assert checked(model) == {"hidden": ["hidden.kernel"]}


@pytest.mark.parametrize("structure", ["filter", "channel"])
def test_what_penalize_groups_makes_is_fine(structure):
    model = models.get("residual_cnn")(widths=(8, 12))
    # So weak a penalty has slopes near the smallest numbers.
    weak = tfprune.penalize_groups(model, strength=1e-6, structure=structure)
    groups = tfprune.trace(model).groups()
    names = {x.name for x in groups if x.prunable}
    assert set(checked(weak)) == names


@pytest.mark.parametrize(
    "settings", [{"threshold": 1e-3}, {"threshold": 1e-5}, {"quantile": 0.9}]
)
def test_truncated_penalties_are_fine(settings):
    x = inputs = keras.Input((400,))
    penalty = TruncatedGroupLasso(1.0, "filter", **settings)
    x = dense(6, "hidden", x, penalty)
    model = keras.Model(inputs, dense(3, "out", x))
    assert checked(model) == {"hidden": ["hidden.kernel"]}


def test_what_insert_gates_makes_is_fine():
    model = models.get("residual_cnn")(widths=(8, 12))
    found = checked(tfprune.insert_gates(model, strength=1e-4))
    names = {x.name for x in tfprune.trace(model).groups() if x.prunable}
    assert set(found) == names
    assert all(x.endswith(".location") for y in found.values() for x in y)
