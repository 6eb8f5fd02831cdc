"""Gates of frozen models train, and nothing else in them does."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tfprune.gates import Gate


def network(frozen: str) -> keras.Model:
    """A branch in a model, one of them frozen."""
    inputs = keras.Input((6,))
    x = layers.Dense(8, activation="relu", name="hidden")(inputs)
    x = layers.BatchNormalization(name="norm")(x)
    branch = keras.Model(inputs, layers.Dense(4, name="out")(x), name="branch")
    inputs = keras.Input((6,))
    outputs = layers.Dense(2, name="top")(branch(inputs))
    model = keras.Model(inputs, outputs, name="model")
    {"branch": branch, "model": model}[frozen].trainable = False
    return model


@pytest.mark.parametrize("frozen", ["branch", "model"])
@pytest.mark.parametrize("estimator", [None, "arm"])
def test_gates_train_and_nothing_else_that_is_frozen(frozen, estimator):
    model = tfprune.insert_gates(
        network(frozen), strength=0.1, estimator=estimator
    )
    moving = {x.path.split("/")[-2] for x in model.trainable_variables}
    expected = {"branch.hidden_gate", "branch.out_gate"}
    if estimator is None:
        assert moving == expected | ({"top"} if frozen == "branch" else set())
    else:
        assert expected <= moving
    inside = model.get_layer("branch")
    before = [np.array(x) for x in inside.get_layer("hidden").weights]
    gates = [x for x in (*inside.layers, *model.layers) if isinstance(x, Gate)]
    places = [np.array(x.location) for x in gates]
    model.compile(keras.optimizers.Adam(0.1), "mse")
    inputs = np.random.default_rng(0).normal(size=(8, 6))
    model.fit(inputs, np.zeros((8, 2)), verbose=0)
    after = inside.get_layer("hidden").weights
    assert all(np.array_equal(x, y) for x, y in zip(before, after, strict=True))
    assert all(
        np.any(np.array(x.location) != y)
        for x, y in zip(gates, places, strict=True)
    )
