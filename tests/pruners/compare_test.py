"""Comparisons tell costs and differences as they are."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.testing import randomize
from tfprune.errors import ExactnessError


def network(scale=1.0) -> keras.Model:
    inputs = keras.Input((4,))
    x = layers.Dense(6, activation="relu", name="hidden")(inputs)
    x = layers.Dense(2, name="out")(x)
    return randomize(keras.Model(inputs, layers.Rescaling(scale)(x)))


def test_equal_models_differ_by_nothing():
    found = tfprune.compare(network(), network()).difference
    assert found.absolute == 0
    assert found.random


def test_the_difference_is_the_largest_of_all_outputs():
    data = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
    found = tfprune.compare(network(), network(1.5), data).difference
    assert found.relative == pytest.approx(0.5, rel=1e-5)
    assert found.examples == 5
    assert not found.random


def test_the_table_shows_what_is_left():
    model = network()
    small = tfprune.prune(model, sparsity=0.5)
    text = str(tfprune.compare(model, small))
    assert "50.0%" in text
    assert "on 2 random examples" in text
    content = tfprune.compare(model, small).as_dict()
    assert content["after"]["macs"] == 3 * 4 + 3 * 2


def test_a_model_of_zeros_cannot_be_compared():
    with pytest.raises(ExactnessError, match="only zeros"):
        tfprune.compare(network(0.0), network(0.0))


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_half_precision_is_compared_at_its_own_precision(policy):
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(16, 3, dtype=policy)(inputs)
    x = layers.Conv2D(16, 3, dtype=policy)(x)
    x = layers.Dense(3, dtype=policy)(layers.Flatten(dtype=policy)(x))
    model = randomize(keras.Model(inputs, x))
    small = tfprune.prune(model, sparsity=0.5)
    assert small.layers[1].dtype_policy.name == policy
