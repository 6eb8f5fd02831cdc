"""ConvNeXt (Liu et al., 2022)."""

import keras
from keras import layers, ops

from tests.families.serializable import serializable


@serializable
class LayerScale(layers.Layer):
    """Multiplies each channel by a weight that starts out small."""

    def __init__(self, initial, **kwargs):
        super().__init__(**kwargs)
        self.initial = initial

    def build(self, input_shape):
        self.gamma = self.add_weight(
            shape=(input_shape[-1],),
            initializer=keras.initializers.Constant(self.initial),
            name="gamma",
        )

    def call(self, x):
        return x * self.gamma

    def get_config(self):
        return {**super().get_config(), "initial": self.initial}


@serializable
class StochasticDepth(layers.Layer):
    """Leaves the branch out of some examples while training."""

    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.seed_generator = keras.random.SeedGenerator(1)

    def call(self, x, training=None):
        if training:
            shape = (ops.shape(x)[0],) + (1,) * (len(x.shape) - 1)
            chance = keras.random.uniform(shape, seed=self.seed_generator)
            return x / (1 - self.rate) * ops.floor(1 - self.rate + chance)
        return x

    def get_config(self):
        return {**super().get_config(), "rate": self.rate}


@serializable
class ConvNextBlock(layers.Layer):
    """A wide depthwise filter, then a perceptron at each place."""

    def __init__(self, filters, rate, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.rate = rate
        self.depthwise = layers.Conv2D(
            filters, 5, padding="same", groups=filters
        )
        self.norm = layers.LayerNormalization(epsilon=1e-6)
        self.widen = layers.Dense(2 * filters)
        self.narrow = layers.Dense(filters)
        self.scale = LayerScale(1e-6)
        self.drop = (
            StochasticDepth(rate) if rate else layers.Activation("linear")
        )

    def call(self, inputs, training=None):
        x = self.norm(self.depthwise(inputs))
        x = keras.activations.gelu(self.widen(x))
        x = self.scale(self.narrow(x))
        if self.rate:
            return inputs + self.drop(x, training=training)
        return inputs + self.drop(x)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "rate": self.rate,
        }


def conv_next() -> keras.Model:
    """Two stages of two blocks."""
    inputs = keras.Input((16, 16, 3))
    x = layers.Normalization(mean=[0.4, 0.4, 0.4], variance=[0.2, 0.2, 0.2])(
        inputs
    )
    x = layers.Conv2D(12, 2, strides=2)(x)
    x = layers.LayerNormalization(epsilon=1e-6)(x)
    for filters, rate in ((12, 0.0), (16, 0.1)):
        if filters != x.shape[-1]:
            x = layers.LayerNormalization(epsilon=1e-6)(x)
            x = layers.Conv2D(filters, 2, strides=2)(x)
        for _ in range(2):
            x = ConvNextBlock(filters, rate)(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.LayerNormalization(epsilon=1e-6)(x)
    return keras.Model(inputs, layers.Dense(5)(x))
