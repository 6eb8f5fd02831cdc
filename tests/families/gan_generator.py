"""Generators of images (Radford et al., 2016; Mirza and Osindero, 2014)."""

import keras
from keras import layers, ops

from tests.families.serializable import serializable


@serializable
class UpsamplingBlock(layers.Layer):
    """Transposed convolution, batch normalization, leaky ReLU."""

    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.conv = layers.Conv2DTranspose(
            filters, 4, strides=2, padding="same", use_bias=False
        )
        self.norm = layers.BatchNormalization()

    def call(self, x, training=None):
        x = self.norm(self.conv(x), training=training)
        return ops.leaky_relu(x, negative_slope=0.2)

    def get_config(self):
        return {**super().get_config(), "filters": self.filters}


@serializable
class Generator(keras.Model):
    """From noise to an image."""

    def __init__(self, filters=16, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.dense = layers.Dense(4 * 4 * 2 * filters, use_bias=False)
        self.norm = layers.BatchNormalization()
        self.reshape = layers.Reshape((4, 4, 2 * filters))
        self.blocks = [UpsamplingBlock(filters), UpsamplingBlock(filters // 2)]
        self.to_image = layers.Conv2D(3, 5, padding="same", activation="tanh")

    def call(self, noise, training=None):
        x = self.norm(self.dense(noise), training=training)
        x = self.reshape(ops.leaky_relu(x))
        for block in self.blocks:
            x = block(x, training=training)
        return self.to_image(x)

    def get_config(self):
        return {**super().get_config(), "filters": self.filters}


def gan_generator() -> keras.Model:
    """A subclassed model, built by a call on a symbolic tensor."""
    model = Generator(16)
    model(keras.Input((12,)))
    return model


def gan_generator_conditional() -> keras.Model:
    """The class to draw is embedded and joined as a further channel."""
    noise = keras.Input((12,), name="noise")
    label = keras.Input((1,), dtype="int32", name="label")
    x = layers.Dense(4 * 4 * 16)(noise)
    x = layers.Reshape((4, 4, 16))(layers.LeakyReLU(negative_slope=0.2)(x))
    y = layers.Dense(4 * 4)(layers.Embedding(10, 8)(label))
    y = layers.Reshape((4, 4, 1))(y)
    x = layers.Concatenate()([x, y])
    for filters in (16, 8):
        x = UpsamplingBlock(filters)(x)
    x = layers.Conv2D(1, 7, padding="same", activation="sigmoid")(x)
    return keras.Model([noise, label], x)
