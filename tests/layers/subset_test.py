"""Layers over some of the channels, against NumPy on those alone."""

import keras
import numpy as np
import pytest
from keras import layers

from tests.testing import randomize
from tfprune.layers import (
    SubsetGroupNormalization,
    SubsetLayerNormalization,
    SubsetRMSNormalization,
    SubsetUnitNormalization,
)

KEPT = [True, False, True, True, False, True]


def images():
    x = np.random.default_rng(0).normal(1.0, 2.0, (2, 3, 4, 6))
    return x.astype("float32")


def run(layer, x):
    """The layer's output at random weights, and its weights by name."""
    inputs = keras.Input(x.shape[1:])
    model = randomize(keras.Model(inputs, layer(inputs)))
    outputs = np.array(model(x))
    return outputs, {x.name: np.array(x) for x in layer.weights}


def agree(outputs, expected):
    assert not outputs[..., np.logical_not(KEPT)].any()
    np.testing.assert_allclose(
        outputs[..., KEPT], expected, rtol=1e-4, atol=1e-5
    )


def test_layer_normalization_over_the_channels():
    outputs, weights = run(SubsetLayerNormalization(kept=KEPT), images())
    x = images()[..., KEPT].astype("float64")
    y = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1) + 1e-3)[..., None]
    agree(outputs, y * weights["gamma"][KEPT] + weights["beta"][KEPT])


def test_layer_normalization_over_several_axes():
    layer = SubsetLayerNormalization(axis=[1, 2, 3], center=False, kept=KEPT)
    outputs, weights = run(layer, images())
    x = images()[..., KEPT].astype("float64")
    mean = x.mean((1, 2, 3), keepdims=True)
    variance = x.var((1, 2, 3), keepdims=True)
    gamma = weights["gamma"][..., KEPT]
    agree(outputs, (x - mean) / np.sqrt(variance + 1e-3) * gamma)


def test_rms_normalization():
    outputs, weights = run(SubsetRMSNormalization(kept=KEPT), images())
    x = images()[..., KEPT].astype("float64")
    power = (x**2).mean(-1, keepdims=True)
    agree(outputs, x / np.sqrt(power + 1e-6) * weights["scale"][KEPT])


def test_unit_normalization():
    outputs, _ = run(SubsetUnitNormalization(kept=KEPT), images())
    x = images()[..., KEPT].astype("float64")
    agree(outputs, x / np.linalg.norm(x, axis=-1, keepdims=True))


def test_group_normalization():
    outputs, weights = run(SubsetGroupNormalization(2, kept=KEPT), images())
    parts = []
    for members in ([0, 2], [3, 5]):
        x = images()[..., members].astype("float64")
        mean = x.mean((1, 2, 3), keepdims=True)
        variance = x.var((1, 2, 3), keepdims=True)
        y = (x - mean) / np.sqrt(variance + 1e-3)
        parts.append(y * weights["gamma"][members] + weights["beta"][members])
    agree(outputs, np.concatenate(parts, axis=-1))


@pytest.mark.parametrize(
    "make",
    [
        lambda **kept: SubsetLayerNormalization(**kept),
        lambda **kept: SubsetGroupNormalization(3, **kept),
        lambda **kept: SubsetRMSNormalization(**kept),
        lambda **kept: SubsetUnitNormalization(**kept),
    ],
)
def test_with_every_channel_kept_it_is_the_layer_that_it_stands_for(make):
    layer = make(kept=[True] * 6)
    outputs, _ = run(layer, images())
    config = layer.get_config()
    del config["kept"], config["kept_axis"]
    plain = type(layer).__mro__[2].from_config(config)
    expected, _ = run(plain, images())
    np.testing.assert_allclose(outputs, expected, rtol=1e-4, atol=1e-5)


def test_a_masked_model_saves_and_loads(tmp_path):
    inputs = keras.Input((6,))
    x = SubsetLayerNormalization(kept=KEPT)(inputs)
    model = randomize(keras.Model(inputs, layers.Dense(2)(x)))
    model.save(tmp_path / "masked.keras")
    loaded = keras.saving.load_model(tmp_path / "masked.keras")
    x = images()[:, 0, 0]
    np.testing.assert_allclose(np.array(loaded(x)), np.array(model(x)))
    assert loaded.layers[1].kept == KEPT
