"""Layers over some places of their inputs, against those places alone."""

import keras
import numpy as np
import pytest
from keras import layers, ops
from keras.src.ops.numpy import Einsum

from tfprune.layers import (
    KeptPlaces,
    SubsetAdditiveAttention,
    SubsetAttention,
    SubsetDot,
    SubsetOperation,
)

KEPT = (True, False, True, True, False)
PLACES = [KeptPlaces(0, 2, KEPT), KeptPlaces(1, 2, KEPT)]


def arrays():
    generator = np.random.default_rng(0)
    return [
        generator.normal(size=(2, length, 5)).astype("float32")
        for length in (3, 4)
    ]


def kept(x):
    return x[..., np.array(KEPT)]


@pytest.mark.parametrize(
    ("subset", "plain"),
    [
        (SubsetDot(2, True, places=PLACES), layers.Dot(2, True)),
        (
            SubsetAttention(places=PLACES, score_mode="concat"),
            layers.Attention(score_mode="concat"),
        ),
        (
            SubsetAdditiveAttention(places=PLACES, use_scale=False),
            layers.AdditiveAttention(use_scale=False),
        ),
    ],
)
def test_it_computes_what_the_layer_does_over_them(subset, plain):
    outputs = ops.convert_to_numpy(subset(arrays()))
    expected = ops.convert_to_numpy(plain([kept(x) for x in arrays()]))
    if outputs.shape != expected.shape:
        assert not outputs[..., np.logical_not(KEPT)].any()
        outputs = kept(outputs)
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-6)


def test_an_operation_over_them():
    first, second = arrays()
    operation = SubsetOperation(Einsum("btc,bsc->bts"), PLACES)
    outputs = ops.convert_to_numpy(operation(first, second))
    expected = np.einsum("btc,bsc->bts", kept(first), kept(second))
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-6)


def test_a_mask_of_steps_still_reaches_the_layer():
    tokens = keras.Input((4,), dtype="int32")
    x = layers.Embedding(3, 5, mask_zero=True)(tokens)
    subset = SubsetAttention(places=[KeptPlaces(0, 2, (True,) * 5)])
    both = keras.Model(tokens, [layers.Attention()([x, x]), subset([x, x])])
    plain, masked = both(np.array([[1, 2, 0, 0], [2, 1, 1, 0]]))
    np.testing.assert_array_equal(
        ops.convert_to_numpy(plain), ops.convert_to_numpy(masked)
    )


@pytest.mark.parametrize(
    "made",
    [
        SubsetDot(2, places=PLACES),
        SubsetAttention(places=PLACES),
        SubsetAdditiveAttention(places=PLACES),
        SubsetOperation(Einsum("btc,bsc->bts"), PLACES),
    ],
)
def test_the_config_is_complete(made):
    config = keras.saving.serialize_keras_object(made)
    again = keras.saving.deserialize_keras_object(config)
    assert again.places == PLACES
    assert keras.saving.serialize_keras_object(again) == config
