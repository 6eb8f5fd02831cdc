"""MACs of recurrent layers as arithmetic."""

import keras
import pytest
from keras import layers

import tfprune

STEPS = 7


@pytest.mark.parametrize(
    ("layer", "macs"),
    [
        (layers.LSTM(5), STEPS * (3 * 4 * 5 + 5 * 4 * 5)),
        (layers.GRU(5), STEPS * (3 * 3 * 5 + 5 * 3 * 5)),
        (layers.SimpleRNN(5), STEPS * (3 * 5 + 5 * 5)),
        (
            layers.Bidirectional(layers.LSTM(5)),
            2 * STEPS * (3 * 4 * 5 + 5 * 4 * 5),
        ),
        (
            layers.RNN([layers.GRUCell(5), layers.SimpleRNNCell(4)]),
            STEPS * (3 * 3 * 5 + 5 * 3 * 5 + 5 * 4 + 4 * 4),
        ),
        (layers.TimeDistributed(layers.Dense(5)), STEPS * 3 * 5),
    ],
    ids=lambda x: getattr(x, "name", ""),
)
def test_of_a_sequence(layer, macs):
    inputs = keras.Input((STEPS, 3))
    assert tfprune.profile(keras.Model(inputs, layer(inputs))).macs == macs


def test_of_a_movie():
    inputs = keras.Input((4, 8, 8, 3))
    x = layers.ConvLSTM2D(5, 3)(inputs)
    gates = 4 * 5
    macs = 4 * 6 * 6 * 3 * 3 * (3 * gates + 5 * gates)
    assert tfprune.profile(keras.Model(inputs, x)).macs == macs


def test_a_look_up_multiplies_nothing_and_scores_of_rows_do():
    tokens = keras.Input((STEPS,), dtype="int32")
    table = layers.ReversibleEmbedding(11, 6)
    x = table(tokens)
    assert tfprune.profile(keras.Model(tokens, x)).macs == 0
    model = keras.Model(tokens, table(x, reverse=True))
    assert tfprune.profile(model).macs == STEPS * 6 * 11
