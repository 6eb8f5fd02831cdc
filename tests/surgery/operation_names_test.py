"""Layers that are called what Keras will call the next operations."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.testing import random_keep_mask
from tfprune.surgery import difference

NAMES = ("reshape", "zeros_like", "get_item", "add", "multiply", "tanh")


class Placed(layers.Layer):
    """Adds a weight of its own, which becomes a table with operations."""

    def build(self, shape):
        self.places = self.add_weight(shape=shape[1:], name="places")

    def call(self, x):
        return keras.ops.tanh((x + self.places) * 2.0)


@pytest.fixture
def model():
    """A model as it is in a process that has just loaded it."""
    keras.utils.set_random_seed(0)
    inputs = x = keras.Input((5,))
    for name in NAMES:
        x = Placed()(layers.Dense(6, name=name)(x))
    made = keras.Model(inputs, layers.Dense(3)(x))
    keras.utils.clear_session(free_memory=False)
    return made


def test_outputs_keep_their_names():
    inputs = keras.Input((6,))
    x = Placed()(layers.Dense(6)(inputs))
    outputs = [keras.ops.reshape(x, (-1, 3, 2)), keras.ops.add(x, 1.0)]
    model = keras.Model(inputs, outputs)
    names = model.output_names
    keras.utils.clear_session(free_memory=False)
    keep = random_keep_mask(tfprune.trace(model))
    small = tfprune.remove_channels(model, keep)
    assert small.output_names == names


def test_channels_are_removed(model):
    keep = random_keep_mask(tfprune.trace(model))
    small = tfprune.remove_channels(model, keep)
    assert set(NAMES) <= {x.name for x in small.layers}
    masked = tfprune.mask_channels(model, keep)
    assert difference(masked, small).relative < 1e-5


def test_it_trains_as_integers_compute(model):
    x = np.random.default_rng(2).normal(size=(8, 5)).astype("float32")
    aware = tfprune.quantize_aware(model, representative_data=x)
    assert set(NAMES) <= {x.name for x in aware.layers}
    wanted, found = (np.asarray(m(x)) for m in (model, aware))
    assert np.abs(found - wanted).max() < 0.1 * np.ptp(wanted)
