"""Dense layers select the inputs of the model that they read."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.testing import randomize, set_weight, weight

UNREAD = [0, 3, 4, 7]


def perceptron(stacked: bool = False, shape=(10,)) -> keras.Model:
    """Two dense layers on ten inputs, of which six are read."""
    made = [
        *([] if len(shape) == 1 else [layers.Flatten(name="flatten")]),
        layers.Dense(6, activation="relu", name="first"),
        layers.Dense(3, name="second"),
    ]
    if stacked:
        model = keras.Sequential([keras.Input(shape), *made])
    else:
        inputs = x = keras.Input(shape)
        for layer in made:
            x = layer(x)
        model = keras.Model(inputs, x)
    randomize(model)
    set_weight(model.get_layer("first"), "kernel", UNREAD, 0.0)
    return model


@pytest.mark.parametrize("shape", [(10,), (5, 2, 1), (5, 2)])
@pytest.mark.parametrize("stacked", [False, True])
def test_rows_of_zeros_go(stacked, shape, tmp_path):
    model = perceptron(stacked, shape)
    set_weight(model.get_layer("first"), "kernel", np.s_[:, 1], 0.0)
    found = tfprune.dead_channels(model)
    assert found.as_dict()["inputs_read"] == {"first": 6}
    assert "'first' reads 6 of 10 inputs" in str(found)
    small = tfprune.strip(model)
    assert small.get_layer("first").kernel.shape == (6, 5)
    assert small.input_shape == model.input_shape
    assert tfprune.compare(model, small).difference.relative < 1e-5
    small.save(tmp_path / "small.keras")
    loaded = keras.saving.load_model(tmp_path / "small.keras")
    assert tfprune.compare(small, loaded).difference.absolute == 0
    again = tfprune.prune(loaded, sparsity=0.4)
    assert again.get_layer("first").units == 3
    assert again.get_layer("first").kernel.shape == (6, 3)


def test_training_goes_on():
    small = tfprune.strip(perceptron())
    small.compile(keras.optimizers.SGD(0.1), "mse")
    before = weight(small.get_layer("first"), "kernel")
    x = np.random.default_rng(0).normal(size=(16, 10))
    small.fit(x, np.ones((16, 3)), verbose=0)
    assert np.all(before != weight(small.get_layer("first"), "kernel"))


def test_positions_of_a_sequence_are_selected_alike():
    inputs = keras.Input((4, 10))
    x = layers.Dense(6, activation="relu", name="first")(inputs)
    model = randomize(keras.Model(inputs, layers.Dense(3)(x)))
    set_weight(model.get_layer("first"), "kernel", UNREAD, 0.0)
    small = tfprune.strip(model)
    assert small.get_layer("first").kernel.shape == (6, 6)


def test_the_choice_is_the_users():
    small = tfprune.strip(perceptron(), select_inputs=False)
    assert small.get_layer("first").kernel.shape == (10, 6)


def test_a_shared_layer_keeps_its_inputs():
    first = layers.Dense(6, name="first")
    left, right = keras.Input((10,)), keras.Input((10,))
    x = layers.Concatenate()([first(left), first(right)])
    model = randomize(keras.Model([left, right], layers.Dense(3)(x)))
    set_weight(model.get_layer("first"), "kernel", UNREAD, 0.0)
    assert not tfprune.dead_channels(model).selections
    tfprune.strip(model)


def test_what_other_layers_make_is_removed_there():
    inputs = keras.Input((10,))
    x = layers.Dense(8, name="first")(inputs)
    model = randomize(keras.Model(inputs, layers.Dense(3, name="second")(x)))
    set_weight(model.get_layer("second"), "kernel", [1, 2], 0.0)
    found = tfprune.dead_channels(model)
    assert not found.selections
    assert tfprune.strip(model).get_layer("first").units == 6


def test_a_layer_that_reads_nothing_keeps_its_inputs():
    model = perceptron()
    set_weight(model.get_layer("first"), "kernel", ..., 0.0)
    assert not tfprune.dead_channels(model).selections
