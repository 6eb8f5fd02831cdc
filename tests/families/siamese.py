"""Towers that share their weights (Koch et al., 2015)."""

import keras
from keras import layers, ops

from tests.families.serializable import serializable


@serializable
class Tower(keras.Model):
    """From an image to a vector."""

    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.conv_1 = layers.Conv2D(8, 3, activation="relu")
        self.conv_2 = layers.Conv2D(12, 3, activation="relu")
        self.pool = layers.GlobalAveragePooling2D()
        self.dense = layers.Dense(24, activation="relu")
        self.embed = layers.Dense(width)

    def call(self, images):
        x = self.pool(self.conv_2(self.conv_1(images)))
        return self.embed(self.dense(x))

    def get_config(self):
        return {**super().get_config(), "width": self.width}


@serializable
class EuclideanDistance(layers.Layer):
    """The distance between two vectors."""

    def call(self, first, second):
        squares = ops.sum(ops.square(first - second), axis=1, keepdims=True)
        return ops.sqrt(ops.maximum(squares, 1e-7))


def siamese() -> keras.Model:
    """A subclassed tower called twice, and the distance of its vectors."""
    tower = Tower(16)
    inputs = [keras.Input((10, 10, 3), name=x) for x in ("left", "right")]
    x = EuclideanDistance()(*map(tower, inputs))
    x = layers.BatchNormalization()(x)
    return keras.Model(inputs, layers.Dense(1, activation="sigmoid")(x))


@serializable
class TripletDistances(layers.Layer):
    """How far an anchor is from a like and from an unlike example."""

    def call(self, anchor, positive, negative):
        near = ops.sum(ops.square(anchor - positive), -1)
        far = ops.sum(ops.square(anchor - negative), -1)
        return near, far


def siamese_triplet() -> keras.Model:
    """A functional tower called three times, its vectors of length one."""
    image = keras.Input((10, 10, 3))
    x = layers.Conv2D(8, 3, activation="relu")(image)
    x = layers.Flatten()(layers.MaxPooling2D(2)(x))
    x = layers.Dense(24, activation="relu")(x)
    x = layers.BatchNormalization()(x)
    x = layers.UnitNormalization()(layers.Dense(12)(x))
    tower = keras.Model(image, x, name="tower")
    names = ("anchor", "positive", "negative")
    inputs = [keras.Input((10, 10, 3), name=name) for name in names]
    distances = TripletDistances()(*[tower(x) for x in inputs])
    return keras.Model(inputs, distances)


def siamese_cosine() -> keras.Model:
    """Two encoders of different kinds, compared by cosines."""
    image = keras.Input((10, 10, 3), name="image")
    text = keras.Input((8,), dtype="int32", name="text")
    x = Tower(16, name="image_tower")(image)
    y = layers.Embedding(12, 8)(text)
    y = layers.Conv1D(12, 3, activation="relu")(y)
    y = layers.Dense(16)(layers.GlobalMaxPooling1D()(y))
    x, y = (ops.normalize(z, axis=-1) for z in (x, y))
    return keras.Model([image, text], ops.sum(x * y, axis=-1))
