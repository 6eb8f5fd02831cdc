"""Weights decay as far as their gate is open."""

import keras
import numpy as np
import pytest
from keras import layers

from tests.gates.gated import array, place
from tfprune.errors import InvalidInputError
from tfprune.gates import Decay, HardConcrete, link
from tfprune.gates.decay import layers_of
from tfprune.pruners import insert_gates

PLACES = [-4.0, 0.0, 3.0]


def network(*decays: Decay) -> keras.Model:
    """A gate, and a dense layer that reads its channels twice over."""
    gate = HardConcrete(decays=decays, seed=0, name="gate")
    inputs = keras.Input((3,))
    x = gate(inputs)
    x = layers.Concatenate()([x, x])
    outputs = layers.Dense(4, use_bias=False, name="dense")(x)
    model = keras.Model(inputs, outputs)
    place(gate, PLACES)
    return model


def decay(**settings) -> Decay:
    given = {"axis": 0, "strength": 0.3, "channels": [0, 1, 2, 2, -1, 0]}
    return Decay("dense", "kernel", **{**given, **settings})


def test_the_loss_is_half_the_expected_square():
    model = network(decay())
    link(model)
    open_ = array(model.get_layer("gate").open_probability(np.float32(PLACES)))
    norms = np.square(array(model.get_layer("dense").kernel)).sum(axis=1)
    shares = np.array([*open_, open_[2], 0, open_[0]])
    expected = 0.15 * (shares * norms).sum()
    assert float(sum(model.losses)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("jit_compile", [True, False])
def test_a_step_shrinks_what_is_open(jit_compile):
    model = network(decay(), decay(strength=0.1, channels=[1] * 6))
    link(model)
    kernel = model.get_layer("dense").kernel
    before = array(kernel)
    open_ = array(model.get_layer("gate").open_probability(np.float32(PLACES)))
    model.compile(
        keras.optimizers.SGD(0.5), loss="mse", jit_compile=jit_compile
    )
    model.fit(np.zeros((2, 3)), np.zeros((2, 4)), verbose=0)
    shares = 0.3 * np.array([*open_, open_[2], 0, open_[0]]) + 0.1 * open_[1]
    expected = before * (1 - 0.5 * shares[:, None])
    np.testing.assert_allclose(array(kernel), expected, rtol=1e-5)


def test_a_loaded_model_asks_for_its_links(tmp_path):
    model = network(decay())
    link(model)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    with pytest.raises(InvalidInputError, match="tfprune.gates.link") as error:
        list(loaded.losses)
    assert "\n" not in str(error.value)
    link(loaded)
    assert float(loaded.losses[0]) == float(model.losses[0])


@pytest.mark.parametrize(
    "wrong",
    [
        {"channels": [0, 1, 2]},
        {"channels": None, "axis": 0},
        {"channels": [0, 1, 2, 3, 0, 0]},
    ],
)
def test_weights_of_another_length_are_refused(wrong):
    with pytest.raises(InvalidInputError, match="Insert gates into the model"):
        link(network(decay(**wrong)))


def nested() -> keras.Model:
    """Two branches with layers of the same names, and gates in each."""

    def branch(name):
        inputs = keras.Input((6,))
        x = layers.Dense(8, activation="relu", name="hidden")(inputs)
        return keras.Model(inputs, layers.Dense(4, name="out")(x), name=name)

    inputs = keras.Input((6,))
    x = layers.Concatenate()([branch("one")(inputs), branch("two")(inputs)])
    return keras.Model(inputs, layers.Dense(2, name="top")(x))


def test_layers_of_the_same_name_decay_each_for_itself():
    model = insert_gates(nested(), strength=0.0, weight_decay=0.2)
    found = {
        gate.name: [(x.layer, x.weight) for x in gate.linked_decays.decays]
        for gate in layers_of(model)
        if isinstance(gate, HardConcrete)
    }
    assert found["one.hidden_gate"] == [("one/out", "kernel")]
    assert found["two.hidden_gate"] == [("two/out", "kernel")]
    before = float(sum(model.losses))
    kernel = model.get_layer("two").get_layer("out").kernel
    gate = model.get_layer("two").get_layer("two.hidden_gate")
    open_ = array(gate.open_probability(gate.location_of(gate.location)))
    norms = np.square(array(kernel)).sum(axis=1)
    kernel.assign(np.zeros((8, 4)))
    fallen = before - float(sum(model.losses))
    assert fallen == pytest.approx(0.1 * (open_ * norms).sum(), rel=1e-4)


def test_the_name_of_several_layers_is_refused():
    model = nested()
    gate = HardConcrete(decays=[Decay("out", "kernel", 0, 0.1)], name="gate")
    gated = keras.Model(model.input, gate(model.output))
    with pytest.raises(
        InvalidInputError, match="one/out, two/out. Give the path of one"
    ):
        link(gated)


def test_a_name_that_is_the_only_one_will_do():
    model = network(decay())
    outer = keras.Sequential([keras.Input((3,)), model])
    link(outer)
    assert float(sum(outer.losses)) > 0


def test_a_weight_that_is_not_there_is_refused():
    missing = Decay("other", "kernel", 0, 0.1)
    with pytest.raises(InvalidInputError, match="no such weight"):
        link(network(missing))


def test_the_decay_of_an_inner_weight():
    inner = layers.Dense(2, use_bias=False, name="inner")
    gate = HardConcrete(
        decays=[Decay("steps", "layer.kernel", 0, 2.0)], name="gate"
    )
    inputs = keras.Input((5, 3))
    x = layers.TimeDistributed(inner, name="steps")(gate(inputs))
    model = keras.Model(inputs, x)
    place(gate, [3.0] * 3)
    link(model)
    open_ = float(gate.open_probability(np.float32(3.0)))
    expected = open_ * np.square(array(inner.kernel)).sum()
    assert float(model.losses[0]) == pytest.approx(expected, rel=1e-5)
