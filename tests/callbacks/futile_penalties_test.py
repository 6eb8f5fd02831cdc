"""Penalties and gates that close nothing are named before training."""

import keras
import pytest
from keras import layers

import tfprune
from tests.callbacks.controlled_training import fit, momentum
from tfprune import models
from tfprune.callbacks import BudgetController
from tfprune.callbacks.futile_penalties import check_penalties
from tfprune.callbacks.live_channels import LiveChannels
from tfprune.errors import InvalidInputError
from tfprune.gates import HardConcrete
from tfprune.optimizers import Proximal
from tfprune.regularizers import L1, GroupLasso, TruncatedGroupLasso


def checked(model: keras.Model) -> dict[str, list[str]]:
    """What closes each group of a model that is checked."""
    channels = LiveChannels(tfprune.trace(model), "macs")
    check_penalties(channels)
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
