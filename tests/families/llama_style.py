"""Decoders in the manner of LLaMA (Touvron et al., 2023)."""

import keras
import numpy as np
from keras import layers, ops

from tests.families.serializable import serializable

VOCABULARY, LENGTH, WIDTH = 12, 8, 16


def rotations(length, head_size):
    """Cosines and sines, shape `(length, 1, head_size)`."""
    half = np.arange(0, head_size, 2) / head_size
    angles = np.outer(np.arange(length), 10000.0**-half)
    angles = np.concatenate([angles, angles], axis=-1)[:, None, :]
    return np.cos(angles).astype("float32"), np.sin(angles).astype("float32")


def rotated(x, cosines, sines):
    """Turns pairs of numbers by an angle that depends on the place."""
    first, second = ops.split(x, 2, axis=-1)
    turned = ops.concatenate([-second, first], axis=-1)
    return x * cosines + turned * sines


@serializable
class RootMeanSquare(layers.Layer):
    """Divides by the root mean square over the channels."""

    def __init__(self, epsilon=1e-6, **kwargs):
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def build(self, input_shape):
        self.scale = self.add_weight(
            shape=(input_shape[-1],), initializer="ones", name="scale"
        )

    def call(self, x):
        mean = ops.mean(ops.square(x), axis=-1, keepdims=True)
        return x * ops.rsqrt(mean + self.epsilon) * self.scale

    def get_config(self):
        return {**super().get_config(), "epsilon": self.epsilon}


@serializable
class RotaryAttention(layers.Layer):
    """Causal attention in which several queries share a key and a value."""

    def __init__(self, num_heads, num_shared, length, **kwargs):
        super().__init__(**kwargs)
        self.num_heads = num_heads
        self.num_shared = num_shared
        self.length = length

    def build(self, input_shape):
        width = input_shape[-1]
        self.head_size = width // self.num_heads
        shared = self.num_shared * self.head_size
        self.query = layers.Dense(width, use_bias=False, name="query")
        self.key = layers.Dense(shared, use_bias=False, name="key")
        self.value = layers.Dense(shared, use_bias=False, name="value")
        self.out = layers.Dense(width, use_bias=False, name="out")
        for layer in (self.query, self.key, self.value, self.out):
            layer.build(input_shape)
        self.cosines, self.sines = rotations(self.length, self.head_size)
        self.causal = np.tril(np.ones((self.length, self.length), bool))

    def heads(self, x, count):
        return ops.reshape(x, (-1, self.length, count, self.head_size))

    def call(self, x):
        query = self.heads(self.query(x), self.num_heads)
        key = self.heads(self.key(x), self.num_shared)
        value = self.heads(self.value(x), self.num_shared)
        query = rotated(query, self.cosines, self.sines)
        key = rotated(key, self.cosines, self.sines)
        repeats = self.num_heads // self.num_shared
        key = ops.repeat(key, repeats, axis=2)
        value = ops.repeat(value, repeats, axis=2)
        scores = ops.einsum("bqhd,bkhd->bhqk", query, key)
        scores = scores / self.head_size**0.5
        scores = ops.where(self.causal, scores, -1e9)
        weights = ops.softmax(scores, axis=-1)
        x = ops.einsum("bhqk,bkhd->bqhd", weights, value)
        return self.out(
            ops.reshape(x, (-1, self.length, self.num_heads * self.head_size))
        )

    def get_config(self):
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "num_shared": self.num_shared,
            "length": self.length,
        }


@serializable
class SwiGLU(layers.Layer):
    """A perceptron of which one half gates the other."""

    def __init__(self, hidden, **kwargs):
        super().__init__(**kwargs)
        self.hidden = hidden

    def build(self, input_shape):
        self.gate = layers.Dense(self.hidden, use_bias=False, name="gate")
        self.up = layers.Dense(self.hidden, use_bias=False, name="up")
        self.down = layers.Dense(input_shape[-1], use_bias=False, name="down")
        self.gate.build(input_shape)
        self.up.build(input_shape)
        self.down.build((*input_shape[:-1], self.hidden))

    def call(self, x):
        return self.down(ops.silu(self.gate(x)) * self.up(x))

    def get_config(self):
        return {**super().get_config(), "hidden": self.hidden}


@serializable
class RotaryBlock(layers.Layer):
    """Attention and a gated perceptron, all written out."""

    def __init__(self, num_heads, num_shared, hidden, length, **kwargs):
        super().__init__(**kwargs)
        self.num_heads = num_heads
        self.num_shared = num_shared
        self.hidden = hidden
        self.length = length
        self.attention_norm = RootMeanSquare()
        self.attention = RotaryAttention(num_heads, num_shared, length)
        self.perceptron_norm = RootMeanSquare()
        self.perceptron = SwiGLU(hidden)

    def build(self, input_shape):
        for layer in (
            self.attention_norm,
            self.attention,
            self.perceptron_norm,
            self.perceptron,
        ):
            layer.build(input_shape)

    def call(self, x):
        x = x + self.attention(self.attention_norm(x))
        return x + self.perceptron(self.perceptron_norm(x))

    def get_config(self):
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "num_shared": self.num_shared,
            "hidden": self.hidden,
            "length": self.length,
        }


def llama_style() -> keras.Model:
    """Rotary embedding and grouped queries, written out."""
    tokens = keras.Input((LENGTH,), dtype="int32", name="tokens")
    x = layers.Embedding(VOCABULARY, WIDTH)(tokens)
    for _ in range(2):
        x = RotaryBlock(4, 2, 32, LENGTH)(x)
    x = RootMeanSquare()(x)
    return keras.Model(tokens, layers.Dense(VOCABULARY, use_bias=False)(x))


@serializable
class GroupedBlock(layers.Layer):
    """The same from Keras' own attention and normalization."""

    def __init__(self, num_heads, num_shared, hidden, **kwargs):
        super().__init__(**kwargs)
        self.num_heads = num_heads
        self.num_shared = num_shared
        self.hidden = hidden

    def build(self, input_shape):
        self.attention_norm = layers.RMSNormalization(epsilon=1e-6)
        self.attention_norm.build(input_shape)
        self.attention = layers.GroupQueryAttention(
            head_dim=input_shape[-1] // self.num_heads,
            num_query_heads=self.num_heads,
            num_key_value_heads=self.num_shared,
            use_bias=False,
        )
        self.attention.build(input_shape, input_shape)
        self.perceptron_norm = layers.RMSNormalization(epsilon=1e-6)
        self.perceptron_norm.build(input_shape)
        self.perceptron = SwiGLU(self.hidden)
        self.perceptron.build(input_shape)

    def call(self, x):
        y = self.attention_norm(x)
        x = x + self.attention(y, y, use_causal_mask=True)
        return x + self.perceptron(self.perceptron_norm(x))

    def get_config(self):
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "num_shared": self.num_shared,
            "hidden": self.hidden,
        }


def llama_style_grouped() -> keras.Model:
    """Grouped queries by Keras, and the embedding for a head."""
    tokens = keras.Input((LENGTH,), dtype="int32", name="tokens")
    embedding = layers.ReversibleEmbedding(VOCABULARY, WIDTH)
    x = embedding(tokens)
    for _ in range(2):
        x = GroupedBlock(4, 2, 24)(x)
    x = layers.RMSNormalization(epsilon=1e-6)(x)
    return keras.Model(tokens, embedding(x, reverse=True))
