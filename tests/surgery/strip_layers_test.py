"""Strip keeps the function of layers that read more than their input."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.graph import recurrent_cases, statistics_cases, wrapper_cases
from tests.testing import random_keep_mask, randomize, set_weight
from tfprune.graph import trace
from tfprune.surgery.changes import Changes
from tfprune.surgery.mask import masked_weights
from tfprune.surgery.rebuild import rebuild


def normalized(norm):
    """A normalization between two dense layers."""
    inputs = keras.Input((5,))
    x = layers.Dense(6, activation="tanh", name="hidden")(inputs)
    x = layers.Dense(3, name="head")(norm(x))
    model = randomize(keras.Model(inputs, x))
    set_weight(model.get_layer("head"), "kernel", [1, 4], 0.0)
    return model


@pytest.mark.parametrize(
    "norm",
    [
        layers.LayerNormalization(),
        layers.RMSNormalization(),
        layers.UnitNormalization(),
        layers.GroupNormalization(2),
    ],
    ids=lambda x: type(x).__name__,
)
def test_a_channel_that_statistics_count_stays_though_nothing_reads_it(norm):
    model = normalized(norm)
    assert not tfprune.dead_channels(model).dead
    assert tfprune.strip(model).get_layer("hidden").units == 6


def test_an_instance_normalization_counts_each_channel_by_itself():
    inputs = keras.Input((6, 6, 3))
    x = layers.Conv2D(5, 3, name="first")(inputs)
    x = layers.GroupNormalization(-1, name="norm")(x)
    x = layers.Conv2D(4, 3, name="second")(layers.ReLU()(x))
    model = keras.Model(inputs, layers.GlobalMaxPooling2D()(x))
    model = randomize(model)
    set_weight(model.get_layer("norm"), "gamma", [0, 3], 0.0)
    set_weight(model.get_layer("norm"), "beta", [0, 3], [0.7, -0.7])
    set_weight(model.get_layer("first"), "kernel", np.s_[..., 1], 0.0)
    found = tfprune.dead_channels(model)
    assert found.dead == {"first": 3}
    small = tfprune.strip(model)
    assert small.get_layer("norm").groups == 2
    assert tfprune.compare(model, small).difference.relative < 1e-5


@pytest.mark.parametrize(
    "kind", [layers.LSTM, layers.GRU, layers.SimpleRNN], ids=str
)
def test_a_unit_that_only_its_own_layer_reads_stays(kind):
    inputs = keras.Input((5, 3))
    x = kind(6, name="loop")(inputs)
    model = randomize(keras.Model(inputs, layers.Dense(2, name="head")(x)))
    set_weight(model.get_layer("head"), "kernel", [1, 4], 0.0)
    set_weight(model.get_layer("loop").cell, "recurrent_kernel", 4, 0.0)
    assert tfprune.dead_channels(model).dead == {"loop": 1}
    assert tfprune.strip(model).get_layer("loop").units == 5


def test_a_column_of_an_embedding_that_is_one_number_is_absorbed():
    inputs = keras.Input((5,), dtype="int32")
    x = layers.Embedding(9, 6, name="table")(inputs)
    x = layers.Dense(4, name="hidden")(x)
    x = layers.Dense(2)(layers.GlobalMaxPooling1D()(x))
    model = randomize(keras.Model(inputs, x))
    set_weight(model.get_layer("table"), "embeddings", np.s_[:, 2], 0.7)
    set_weight(model.get_layer("table"), "embeddings", np.s_[:, 3], 0.0)
    found = tfprune.dead_channels(model)
    assert (found.dead, found.absorbed) == ({"table": 2}, 1)
    assert tfprune.strip(model).get_layer("table").output_dim == 4


@pytest.mark.parametrize(
    "case",
    [
        *recurrent_cases.CASES,
        *statistics_cases.CASES,
        *wrapper_cases.CASES,
    ],
    ids=str,
)
def test_strip_keeps_the_function_of_a_model_with_zero_channels(case):
    model = case.model()
    graph = trace(model)
    by_id = random_keep_mask(graph).by_id(graph)
    zeroed = rebuild(graph, Changes(weights=masked_weights(graph, by_id)))
    small = tfprune.strip(zeroed)
    assert tfprune.compare(zeroed, small).difference.relative < 1e-5
