"""A network of real and of binarized layers."""

import keras
from keras import layers

from tfprune.layers import QuantConv2D, presets


def binary_network():
    """Two binarized convolutions between a real one and a dense layer."""
    keras.utils.set_random_seed(2)
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(32, 3, name="first")(inputs)
    x = layers.BatchNormalization()(x)
    for name in ("second", "third"):
        x = QuantConv2D(32, 3, use_bias=False, name=name, **presets.bnn())(x)
        x = layers.BatchNormalization()(x)
    outputs = layers.Dense(4, name="last")(layers.Flatten()(x))
    return keras.Model(inputs, outputs, name="net")
