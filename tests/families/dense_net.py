"""DenseNet (Huang et al., 2017)."""

import keras
from keras import layers, ops

from tests.families.serializable import serializable


@serializable
class DenseUnit(layers.Layer):
    """Appends `growth` channels to those that come in."""

    def __init__(self, growth, **kwargs):
        super().__init__(**kwargs)
        self.growth = growth
        self.norm_1 = layers.BatchNormalization(epsilon=1e-5, name="norm")
        self.conv_1 = layers.Conv2D(4 * growth, 1, use_bias=False, name="conv")
        self.norm_2 = layers.BatchNormalization(epsilon=1e-5, name="norm")
        self.conv_2 = layers.Conv2D(
            growth, 3, padding="same", use_bias=False, name="conv"
        )

    def call(self, inputs, training=None):
        x = ops.relu(self.norm_1(inputs, training=training))
        x = self.conv_1(x)
        x = ops.relu(self.norm_2(x, training=training))
        return ops.concatenate([inputs, self.conv_2(x)], axis=-1)

    def get_config(self):
        return {**super().get_config(), "growth": self.growth}


@serializable
class DenseBlock(layers.Layer):
    """Units that all bear the same name."""

    def __init__(self, num_units, growth, **kwargs):
        super().__init__(**kwargs)
        self.num_units = num_units
        self.growth = growth
        self.units = [DenseUnit(growth, name="unit") for _ in range(num_units)]

    def call(self, x, training=None):
        for unit in self.units:
            x = unit(x, training=training)
        return x

    def get_config(self):
        return {
            **super().get_config(),
            "num_units": self.num_units,
            "growth": self.growth,
        }


@serializable
class Transition(layers.Layer):
    """Halves channels, height and width."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.norm = layers.BatchNormalization(epsilon=1e-5, name="norm")
        self.pool = layers.AveragePooling2D(2, name="pool")

    def build(self, input_shape):
        self.norm.build(input_shape)
        self.conv = layers.Conv2D(
            input_shape[-1] // 2, 1, use_bias=False, name="conv"
        )
        self.conv.build(input_shape)

    def call(self, x, training=None):
        x = ops.relu(self.norm(x, training=training))
        return self.pool(self.conv(x))


def dense_net() -> keras.Model:
    """Two blocks of three units."""
    inputs = keras.Input((16, 16, 3))
    x = layers.Conv2D(8, 3, strides=2, padding="same", name="conv")(inputs)
    x = DenseBlock(3, 4, name="block_1")(x)
    x = Transition(name="transition")(x)
    x = DenseBlock(3, 4, name="block_2")(x)
    x = layers.ReLU()(layers.BatchNormalization(name="norm")(x))
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(5, name="classifier")(x))
