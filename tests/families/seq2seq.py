"""Recurrent encoder and decoder with attention (Bahdanau et al., 2015)."""

import keras
from keras import layers, ops

from tests.families.serializable import serializable


@serializable
class RecurrentEncoder(layers.Layer):
    """Reads the source; returns all its states, and the last."""

    def __init__(self, vocabulary, width, units, **kwargs):
        super().__init__(**kwargs)
        self.vocabulary = vocabulary
        self.width = width
        self.units = units
        self.embedding = layers.Embedding(vocabulary, width)
        self.gru = layers.GRU(units, return_sequences=True, return_state=True)

    def call(self, tokens):
        return self.gru(self.embedding(tokens))

    def get_config(self):
        return {
            **super().get_config(),
            "vocabulary": self.vocabulary,
            "width": self.width,
            "units": self.units,
        }


@serializable
class RecurrentDecoder(layers.Layer):
    """Writes the target, starting from the encoder's last state."""

    def __init__(self, vocabulary, width, units, **kwargs):
        super().__init__(**kwargs)
        self.vocabulary = vocabulary
        self.width = width
        self.units = units
        self.embedding = layers.Embedding(vocabulary, width)
        self.gru = layers.GRU(units, return_sequences=True, return_state=True)
        self.attention = layers.Attention()
        self.combine = layers.Dense(units, activation="tanh", use_bias=False)
        self.scores = layers.Dense(vocabulary)

    def call(self, tokens, memory, state):
        x, _ = self.gru(self.embedding(tokens), initial_state=state)
        context = self.attention([x, memory])
        x = self.combine(ops.concatenate([x, context], axis=-1))
        return self.scores(x)

    def get_config(self):
        return {
            **super().get_config(),
            "vocabulary": self.vocabulary,
            "width": self.width,
            "units": self.units,
        }


def token_inputs() -> list:
    """The source, and the target shifted by one."""
    return [
        keras.Input((7,), dtype="int32", name="source"),
        keras.Input((6,), dtype="int32", name="target"),
    ]


def seq2seq() -> keras.Model:
    """GRUs with dot-product attention, in composite layers."""
    source, target = inputs = token_inputs()
    memory, state = RecurrentEncoder(11, 8, 16)(source)
    scores = RecurrentDecoder(13, 8, 16)(target, memory, state)
    return keras.Model(inputs, scores)


def seq2seq_additive() -> keras.Model:
    """A bidirectional encoder, additive attention, padding masked."""
    source, target = inputs = token_inputs()
    x = layers.Embedding(11, 8, mask_zero=True)(source)
    memory, forward, backward = layers.Bidirectional(
        layers.GRU(8, return_sequences=True, return_state=True)
    )(x)
    state = layers.Concatenate()([forward, backward])
    y = layers.Embedding(13, 8, mask_zero=True)(target)
    y = layers.GRU(16, return_sequences=True)(y, initial_state=state)
    context = layers.AdditiveAttention()([y, memory])
    y = layers.Concatenate()([y, context])
    y = layers.TimeDistributed(layers.Dense(12, activation="tanh"))(y)
    return keras.Model(inputs, layers.Dense(13, activation="softmax")(y))


def seq2seq_lstm() -> keras.Model:
    """LSTMs, two deep, the decoder's state from the encoder's."""
    source, target = inputs = token_inputs()
    x = layers.Embedding(11, 8)(source)
    x = layers.LSTM(12, return_sequences=True)(x)
    _, *states = layers.LSTM(12, return_state=True)(x)
    y = layers.Embedding(13, 8)(target)
    y = layers.LSTM(12, return_sequences=True)(y, initial_state=states)
    y = layers.LSTM(12, return_sequences=True)(y)
    return keras.Model(inputs, layers.Dense(13, activation="softmax")(y))
