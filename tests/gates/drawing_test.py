"""Files hold where the draws of gates have come to."""

import keras
import numpy as np
import pytest
from keras import layers

from tfprune.gates import GATES, GateNoise


def network(gate: str) -> keras.Model:
    """A gate that draws by itself, and one that has a source of its own."""
    inputs = keras.Input((6,))
    noise = GateNoise(6, seed=1, name="noise")(inputs)
    settings = {"drop_rate": 0.4, "seed": 2}
    one = GATES.get(gate)
    first = type(one)(1e-3, name="first", **settings)(inputs)
    second = type(one)(1e-3, name="second", **settings)(inputs, noise)
    x = layers.Concatenate()([first, second])
    return keras.Model(inputs, x)


def draws(model: keras.Model) -> np.ndarray:
    inputs = np.ones((1, 6), "float32")
    return np.concatenate(
        [np.array(model(inputs, training=True)) for _ in range(4)]
    )


@pytest.mark.parametrize("gate", GATES.names())
@pytest.mark.parametrize("weights_only", [True, False])
def test_a_loaded_model_goes_on_drawing(gate, weights_only, tmp_path):
    model = network(gate)
    draws(model)
    if weights_only:
        model.save_weights(tmp_path / "model.weights.h5")
        loaded = network(gate)
        loaded.load_weights(tmp_path / "model.weights.h5")
    else:
        model.save(tmp_path / "model.keras")
        loaded = keras.saving.load_model(tmp_path / "model.keras")
    expected = draws(model)
    np.testing.assert_array_equal(draws(loaded), expected)
    assert len(np.unique(expected, axis=0)) > 1


def test_a_file_without_draws_is_loaded():
    model = network("hard_concrete")
    for name in ("first", "noise"):
        layer, store = model.get_layer(name), {}
        layer.save_own_variables(store)
        del store["seed"]
        layer.load_own_variables(store)
