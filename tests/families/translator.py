"""Transformer encoder and decoder (Vaswani et al., 2017)."""

import keras
import numpy as np
from keras import layers, ops

from tests.families.serializable import serializable


def sinusoids(length, width):
    """Sines and cosines of falling frequency, shape `(1, length, width)`."""
    frequencies = 10000.0 ** -(np.arange(0, width, 2) / width)
    angles = np.outer(np.arange(length), frequencies)
    waves = np.concatenate([np.sin(angles), np.cos(angles)], axis=-1)
    return waves[None].astype("float32")


@serializable
class SinusoidalEmbedding(layers.Layer):
    """Token vectors plus fixed waves."""

    def __init__(self, vocabulary, length, width, **kwargs):
        super().__init__(**kwargs)
        self.vocabulary = vocabulary
        self.length = length
        self.width = width
        self.tokens = layers.Embedding(vocabulary, width)
        self.waves = sinusoids(length, width)

    def call(self, tokens):
        x = self.tokens(tokens) * self.width**0.5
        return x + self.waves[:, : tokens.shape[1]]

    def compute_mask(self, tokens, mask=None):
        return ops.not_equal(tokens, 0)

    def get_config(self):
        return {
            **super().get_config(),
            "vocabulary": self.vocabulary,
            "length": self.length,
            "width": self.width,
        }


@serializable
class TransformerEncoder(layers.Layer):
    """Attention to oneself; padding is left out."""

    def __init__(self, width, hidden, num_heads, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.hidden = hidden
        self.num_heads = num_heads
        self.attention = layers.MultiHeadAttention(num_heads, key_dim=width)
        self.perceptron = keras.Sequential(
            [layers.Dense(hidden, activation="relu"), layers.Dense(width)]
        )
        self.norm_1 = layers.LayerNormalization()
        self.norm_2 = layers.LayerNormalization()
        self.supports_masking = True

    def call(self, x, mask=None):
        allowed = None
        if mask is not None:
            allowed = ops.cast(mask[:, None, :], dtype="int32")
        y = self.attention(query=x, value=x, key=x, attention_mask=allowed)
        x = self.norm_1(x + y)
        return self.norm_2(x + self.perceptron(x))

    def get_config(self):
        return {
            **super().get_config(),
            "width": self.width,
            "hidden": self.hidden,
            "num_heads": self.num_heads,
        }


@serializable
class TransformerDecoder(layers.Layer):
    """Attention to the past, then to what the encoder made of the source."""

    def __init__(self, width, hidden, num_heads, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.hidden = hidden
        self.num_heads = num_heads
        self.self_attention = layers.MultiHeadAttention(
            num_heads, key_dim=width // num_heads
        )
        self.cross_attention = layers.MultiHeadAttention(
            num_heads, key_dim=width // num_heads
        )
        self.dense_1 = layers.Dense(hidden, activation="relu")
        self.dense_2 = layers.Dense(width)
        self.norms = [layers.LayerNormalization() for _ in range(3)]

    def call(self, x, memory):
        y = self.self_attention(x, x, use_causal_mask=True)
        x = self.norms[0](x + y)
        y = self.cross_attention(query=x, value=memory, key=memory)
        x = self.norms[1](x + y)
        return self.norms[2](x + self.dense_2(self.dense_1(x)))

    def get_config(self):
        return {
            **super().get_config(),
            "width": self.width,
            "hidden": self.hidden,
            "num_heads": self.num_heads,
        }


def token_inputs() -> list:
    """The source, and the target shifted by one."""
    return [
        keras.Input((7,), dtype="int32", name="source"),
        keras.Input((6,), dtype="int32", name="target"),
    ]


def translator() -> keras.Model:
    """Padding is masked by the embedding's `compute_mask`."""
    source, target = inputs = token_inputs()
    memory = SinusoidalEmbedding(11, 8, 16)(source)
    memory = TransformerEncoder(16, 24, 2)(memory)
    x = layers.Embedding(13, 16)(target)
    x = TransformerDecoder(16, 24, 2)(x, memory)
    x = layers.Dropout(0.5)(x)
    return keras.Model(inputs, layers.Dense(13, activation="softmax")(x))
