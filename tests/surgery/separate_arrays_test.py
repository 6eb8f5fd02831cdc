"""Copies of models, trained by turns with the models that they come from."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import tfprune

X = np.random.default_rng(0).normal(size=(8, 8, 8, 3)).astype("float32")
Y = np.arange(8) % 3


class Scaled(layers.Layer):
    """A layer of a user's, with a weight of its own."""

    def build(self, shape):
        self.factor = self.add_weight(shape=(shape[-1],), name="factor")

    def call(self, x):
        return x * self.factor


def network():
    """Layers that are copied in different ways."""
    inputs = keras.Input((8, 8, 3))
    x = layers.Normalization(axis=-1, mean=0.0, variance=1.0)(inputs)
    x = layers.Conv2D(6, 3, use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    second = layers.Conv2D(4, 3, activation="relu")
    x = Scaled()(second(x))
    x = layers.GlobalAveragePooling2D()(x)
    x = keras.Sequential([layers.Dense(5, activation="relu")])(x)
    model = keras.Model(inputs, layers.Dense(3)(x))
    kernel = np.array(ops.convert_to_numpy(second.kernel))
    kernel[..., 0] *= 1e-3
    second.kernel.assign(kernel)
    return model


def all_kept(model):
    return tfprune.KeepMask.ones_like(tfprune.trace(model))


COPIES = {
    "mask": lambda model: tfprune.mask_channels(model, all_kept(model)),
    "prune": lambda model: tfprune.prune(model, sparsity=0.2),
    "quantize": lambda model: tfprune.quantize_aware(
        model, representative_data=X
    ),
    "remove": lambda model: tfprune.remove_channels(model, all_kept(model)),
    "strip": tfprune.strip,
}


def trained(model):
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(True))
    model.fit(X, Y, epochs=1, verbose=0)
    return model.predict(X, verbose=0)


@pytest.mark.parametrize("way", COPIES)
def test_training_one_leaves_the_other_as_it_was(way):
    # JAX gives the arrays of a model that trains back.
    model = network()
    copy = COPIES[way](model)
    expected = copy.predict(X, verbose=0)
    before = trained(model)
    np.testing.assert_allclose(copy.predict(X, verbose=0), expected, rtol=1e-5)
    trained(copy)
    np.testing.assert_allclose(model.predict(X, verbose=0), before, rtol=1e-5)
