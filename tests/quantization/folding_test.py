"""Batch normalization in the weights before it, against Keras."""

import keras
import numpy as np
import pytest
from keras import layers

from tests.quantization.networks import trained
from tfprune.quantization.flat_model import flattened, paths_in, unfolded
from tfprune.quantization.folding import folded
from tfprune.quantization.layer_choice import LayerChoice

KINDS = {
    "convolution": ((7, 7, 3), lambda: layers.Conv2D(4, 3, strides=2)),
    "without_bias": ((7, 7, 3), lambda: layers.Conv2D(4, 3, use_bias=False)),
    "groups": ((7, 7, 4), lambda: layers.Conv2D(6, 3, groups=2)),
    "one_axis": ((9, 3), lambda: layers.Conv1D(4, 3, padding="causal")),
    "transposed": ((5, 5, 3), lambda: layers.Conv2DTranspose(4, 3, strides=2)),
    "depthwise": (
        (7, 7, 3),
        lambda: layers.DepthwiseConv2D(3, depth_multiplier=2),
    ),
    "separable": ((7, 7, 3), lambda: layers.SeparableConv2D(5, 3)),
    "separable_over_time": (
        (9, 3),
        lambda: layers.SeparableConv1D(5, 3, padding="same", dilation_rate=2),
    ),
    "dense_by_step": ((5, 6), lambda: layers.TimeDistributed(layers.Dense(4))),
    "dense": ((6,), lambda: layers.Dense(4)),
    "dense_of_steps": ((5, 6), lambda: layers.Dense(4)),
}


def simplified(model):
    whole = unfolded(model)
    choice = LayerChoice(paths_in(whole), None, 8)
    return folded(flattened(whole, choice), choice).model


def agree(model, found, shape):
    x = np.random.default_rng(3).normal(size=(6, *shape)).astype("float32")
    expected = np.asarray(model(x))
    assert expected.std() > 0.1
    np.testing.assert_allclose(np.asarray(found(x)), expected, atol=1e-5)


def normalizations(model):
    return [x for x in model.layers if isinstance(x, layers.BatchNormalization)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_takes_in_the_batch_normalization_behind_it(kind):
    shape, layer = KINDS[kind]
    inputs = keras.Input(shape)
    outputs = layers.BatchNormalization()(layer()(inputs))
    model = trained(keras.Model(inputs, layers.ReLU()(outputs)))
    found = simplified(model)
    assert not normalizations(found)
    assert not any(x.name.endswith(".scale") for x in found.layers)
    agree(model, found, shape)


@pytest.mark.parametrize("shape", [(6,), (5, 6), (4, 5, 6), (2, 3, 4, 6)])
def test_by_itself_it_becomes_a_convolution_of_one_tap(shape):
    inputs = keras.Input(shape)
    outputs = layers.BatchNormalization()(layers.ReLU()(inputs))
    model = trained(keras.Model(inputs, outputs))
    found = simplified(model)
    assert not normalizations(found)
    assert any(type(x) is layers.DepthwiseConv2D for x in found.layers)
    agree(model, found, shape)


def test_what_is_read_elsewhere_too_is_left_alone():
    inputs = keras.Input((6,))
    x = layers.Dense(4, name="dense")(inputs)
    y = layers.BatchNormalization()(x)
    model = trained(keras.Model(inputs, layers.Add()([x, y])))
    found = simplified(model)
    np.testing.assert_array_equal(
        found.get_layer("dense").kernel, model.get_layer("dense").kernel
    )
    agree(model, found, (6,))


def test_shared_layers_stay_shared():
    dense, norm = layers.Dense(4), layers.BatchNormalization()
    inputs = keras.Input((6,)), keras.Input((6,))
    outputs = layers.Subtract()([norm(dense(x)) for x in inputs])
    model = trained(keras.Model(inputs, outputs))
    found = simplified(model)
    x = [np.random.default_rng(i).normal(size=(5, 6)) for i in range(2)]
    np.testing.assert_allclose(found(x), model(x), atol=1e-5)
    assert found.count_params() == 6 * 4 + 4 + 4 + 4
