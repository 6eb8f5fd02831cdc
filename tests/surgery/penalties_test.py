"""Penalties of parts of layers are gone after a removal."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.testing import randomize, removal_difference
from tfprune.regularizers import L1

PENALTY = L1(1e-3)
LAYERS = {
    "lstm": lambda: layers.LSTM(6, kernel_regularizer=PENALTY),
    "two ways": lambda: layers.Bidirectional(
        layers.GRU(6, recurrent_regularizer=PENALTY)
    ),
    "stacked": lambda: layers.RNN(
        [layers.GRUCell(6, bias_regularizer=PENALTY), layers.LSTMCell(4)]
    ),
    "each step": lambda: layers.TimeDistributed(
        layers.Dense(5, kernel_regularizer=PENALTY)
    ),
}


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
def test_the_result_is_a_plain_keras_model(make, tmp_path):
    inputs = keras.Input((5, 3))
    x = layers.Conv1D(6, 1)(inputs)
    outputs = layers.Dense(2)(make()(x))
    model = randomize(keras.Model(inputs, outputs))
    assert removal_difference(model).relative < 1e-5
    small = tfprune.prune(model, sparsity=0.5)
    path = tmp_path / "small.keras"
    small.save(path)
    assert "tfprune" not in small.to_json()
    assert not small.losses
    data = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
    np.testing.assert_allclose(
        keras.saving.load_model(path).predict(data, verbose=0),
        small.predict(data, verbose=0),
        atol=1e-6,
    )
