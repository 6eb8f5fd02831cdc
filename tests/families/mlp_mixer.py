"""MLP-Mixer (Tolstikhin et al., 2021)."""

import keras
from keras import layers, ops

from tests.families.serializable import serializable


@serializable
class MixerPerceptron(layers.Layer):
    """Two dense layers over the last axis, back to its width."""

    def __init__(self, hidden, **kwargs):
        super().__init__(**kwargs)
        self.hidden = hidden

    def build(self, input_shape):
        self.dense_1 = layers.Dense(self.hidden, activation="gelu")
        self.dense_1.build(input_shape)
        self.dense_2 = layers.Dense(input_shape[-1])
        self.dense_2.build((*input_shape[:-1], self.hidden))

    def call(self, x):
        return self.dense_2(self.dense_1(x))

    def get_config(self):
        return {**super().get_config(), "hidden": self.hidden}


@serializable
class MixerBlock(layers.Layer):
    """Mixes places over the swapped axis, then channels."""

    def __init__(self, token_hidden, channel_hidden, norm="layer", **kwargs):
        super().__init__(**kwargs)
        self.token_hidden = token_hidden
        self.channel_hidden = channel_hidden
        self.norm = norm
        kind = {
            "layer": layers.LayerNormalization,
            "batch": layers.BatchNormalization,
        }[norm]
        self.token_norm = kind()
        self.token_mixing = MixerPerceptron(token_hidden)
        self.channel_norm = kind()
        self.channel_mixing = MixerPerceptron(channel_hidden)

    def build(self, input_shape):
        batch, places, channels = input_shape
        self.token_norm.build(input_shape)
        self.token_mixing.build((batch, channels, places))
        self.channel_norm.build(input_shape)
        self.channel_mixing.build(input_shape)

    def call(self, x):
        y = ops.transpose(self.token_norm(x), (0, 2, 1))
        y = ops.transpose(self.token_mixing(y), (0, 2, 1))
        x = x + y
        return x + self.channel_mixing(self.channel_norm(x))

    def get_config(self):
        return {
            **super().get_config(),
            "token_hidden": self.token_hidden,
            "channel_hidden": self.channel_hidden,
            "norm": self.norm,
        }


def mixer(norm: str) -> keras.Model:
    """Two blocks on sixteen patches."""
    inputs = keras.Input((16, 16, 3))
    x = layers.Conv2D(16, 4, strides=4)(inputs)
    x = layers.Reshape((16, 16))(x)
    for _ in range(2):
        x = MixerBlock(12, 32, norm)(x)
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(inputs, layers.Dense(5)(x))


def mlp_mixer() -> keras.Model:
    """Normalized over the channels."""
    return mixer("layer")


def mlp_mixer_batch_norm() -> keras.Model:
    """Normalized over the batch, so that channels stay apart."""
    return mixer("batch")
