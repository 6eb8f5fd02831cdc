"""ConvMixer (Trockman and Kolter, 2022)."""

import keras
from keras import layers, ops

from tests.families.serializable import serializable


@serializable
class ActivationBlock(layers.Layer):
    """GELU, then batch normalization."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.norm = layers.BatchNormalization()

    def build(self, input_shape):
        self.norm.build(input_shape)

    def call(self, x, training=None):
        return self.norm(keras.activations.gelu(x), training=training)


@serializable
class ConvMixerBlock(layers.Layer):
    """Mixes places by a depthwise, then channels by a pointwise filter."""

    def __init__(self, filters, kernel_size, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.depthwise = layers.DepthwiseConv2D(kernel_size, padding="same")
        self.activation_1 = ActivationBlock()
        self.pointwise = layers.Conv2D(filters, kernel_size=1)
        self.activation_2 = ActivationBlock()

    def build(self, input_shape):
        for layer in (
            self.depthwise,
            self.activation_1,
            self.pointwise,
            self.activation_2,
        ):
            layer.build(input_shape)

    def call(self, inputs, training=None):
        x = self.activation_1(self.depthwise(inputs), training=training)
        x = self.pointwise(ops.add(x, inputs))
        return self.activation_2(x, training=training)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
        }


def conv_mixer() -> keras.Model:
    """Three blocks on patches of two by two."""
    inputs = keras.Input((16, 16, 3))
    x = layers.Rescaling(scale=2.0, offset=-1.0)(inputs)
    x = layers.Conv2D(24, kernel_size=2, strides=2)(x)
    x = ActivationBlock()(x)
    for _ in range(3):
        x = ConvMixerBlock(24, 5)(x)
    x = layers.GlobalAvgPool2D()(x)
    return keras.Model(inputs, layers.Dense(5, activation="softmax")(x))
