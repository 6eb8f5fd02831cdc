"""Small networks that together have what exported models have."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import layers, ops


@dataclass(frozen=True)
class Network:
    """A network and data for it.

    Args:
        build: Makes the model, with weights that are not at their defaults.
        sample: Makes inputs for `(generator, number of samples)`.
    """

    build: Callable[[], keras.Model]
    sample: Callable[[np.random.Generator, int], Any]


def shaken(model: keras.Model) -> keras.Model:
    """Moves biases and statistics away from zeros and ones."""
    generator = np.random.default_rng(7)
    for weight in model.weights:
        if len(weight.shape) == 1 and "seed" not in weight.path:
            noise = generator.uniform(0.1, 0.4, weight.shape)
            weight.assign(weight.numpy() + noise)
    return model


def images(generator, count):
    return generator.normal(size=(count, 12, 12, 3)).astype("float32")


def residual():
    inputs = keras.Input((12, 12, 3), name="image")
    x = layers.Conv2D(16, 3, padding="same", use_bias=False)(inputs)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    y = layers.Conv2D(16, 3, padding="same")(x)
    y = layers.BatchNormalization()(y)
    x = layers.ReLU(6.0)(layers.Add()([x, y]))
    x = layers.MaxPooling2D(2)(x)
    x = layers.Dense(32, activation="relu")(layers.Flatten()(x))
    outputs = layers.Dense(10, activation="softmax", name="classes")(x)
    return shaken(keras.Model(inputs, outputs, name="residual"))


def depthwise():
    inputs = keras.Input((12, 12, 3), name="image")
    x = layers.DepthwiseConv2D(3, depth_multiplier=4, padding="same")(inputs)
    x = layers.Conv2D(24, 1, activation="relu")(x)
    x = layers.SeparableConv2D(48, 3, strides=2, padding="same")(x)
    gate = layers.GlobalAveragePooling2D(keepdims=True)(x)
    x = x * layers.Dense(48, activation="sigmoid")(gate)
    x = layers.GlobalAveragePooling2D()(x)
    return shaken(keras.Model(inputs, layers.Dense(5)(x), name="depthwise"))


def sequential():
    return shaken(
        keras.Sequential(
            [
                keras.Input((12, 12, 3)),
                layers.Conv2D(8, 3, strides=2, activation="relu"),
                layers.Flatten(),
                layers.Dense(40, activation="tanh"),
                layers.Dense(4, name="scores"),
            ],
            name="sequential",
        )
    )


def several_ends():
    # Neither inputs nor outputs are in the order of the alphabet.
    right = keras.Input((8,), name="right")
    left = keras.Input((4, 3), name="left")
    x = layers.Dense(64, activation="relu")(right)
    y = layers.Dense(64, activation="relu")(layers.Flatten()(left))
    outputs = [
        layers.Dense(3, name="third")(x),
        layers.Dense(2, name="second")(y),
        layers.Dense(1, name="first")(layers.Concatenate()([x, y])),
    ]
    model = keras.Model([right, left], outputs, name="several_ends")
    return shaken(model)


def several_ends_data(generator, count):
    # The ranges differ: calibration must not confuse the inputs.
    return (
        generator.normal(size=(count, 8)).astype("float32"),
        3 * generator.normal(size=(count, 4, 3)).astype("float32"),
    )


def named_ends():
    first, second = keras.Input((6,), name="b"), keras.Input((6,), name="a")
    x = layers.Dense(48, activation="relu")(first)
    y = layers.Dense(48, activation="relu")(second)
    outputs = {"sum": layers.Dense(3)(x + y), "cut": layers.Dense(2)(x)}
    inputs = {"b": first, "a": second}
    return shaken(keras.Model(inputs, outputs, name="named_ends"))


def named_ends_data(generator, count):
    return {
        "a": generator.normal(size=(count, 6)).astype("float32"),
        "b": 5 * generator.normal(size=(count, 6)).astype("float32"),
    }


class Subclassed(keras.Model):
    """A model that only its call describes."""

    def __init__(self):
        super().__init__(name="subclassed")
        self.convolution = layers.Conv2D(12, 3, activation="relu")
        self.head = layers.Dense(6)

    def call(self, inputs):
        x = ops.mean(self.convolution(inputs), axis=(1, 2))
        return self.head(x)


def subclassed():
    model = Subclassed()
    model(np.zeros((2, 12, 12, 3), "float32"))
    return shaken(model)


def transformer():
    inputs = keras.Input((12, 12, 3), name="image")
    x = layers.Conv2D(24, 3, strides=3)(inputs)
    x = layers.Reshape((16, 24))(x)
    y = layers.LayerNormalization()(x)
    x = x + layers.MultiHeadAttention(num_heads=2, key_dim=12)(y, y)
    y = layers.RMSNormalization()(x)
    x = x + layers.Dense(24)(layers.Dense(48, activation="gelu")(y))
    x = layers.GlobalAveragePooling1D()(x)
    return shaken(keras.Model(inputs, layers.Dense(5)(x), name="transformer"))


def recurrent():
    inputs = keras.Input((5, 6), name="words")
    x = layers.LSTM(16, unroll=True)(inputs)
    return shaken(keras.Model(inputs, layers.Dense(3)(x), name="recurrent"))


def words(generator, count):
    return generator.normal(size=(count, 5, 6)).astype("float32")


def embedded():
    inputs = keras.Input((6,), dtype="int32", name="tokens")
    x = layers.Embedding(50, 32)(inputs)
    x = layers.GlobalAveragePooling1D()(x)
    return shaken(keras.Model(inputs, layers.Dense(4)(x), name="embedded"))


def tokens(generator, count):
    return generator.integers(0, 50, (count, 6))


NETWORKS = {
    "residual": Network(residual, images),
    "depthwise": Network(depthwise, images),
    "sequential": Network(sequential, images),
    "several_ends": Network(several_ends, several_ends_data),
    "named_ends": Network(named_ends, named_ends_data),
    "subclassed": Network(subclassed, images),
    "transformer": Network(transformer, images),
    "recurrent": Network(recurrent, words),
    "embedded": Network(embedded, tokens),
}

# Outputs that vary by less than what 4 bits do to random weights.
TOO_COARSE = {("depthwise", "int4")}
