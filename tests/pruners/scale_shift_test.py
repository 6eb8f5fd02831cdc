"""A factor moves from scales to what reads them; the function stays."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.testing import randomize, weight
from tfprune import models
from tfprune.errors import ExactnessError, InvalidInputError


def network(activation="relu"):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 3))
    x = inputs
    for name, width in (("first", 6), ("second", 4)):
        x = layers.Conv2D(width, 3, padding="same", name=name)(x)
        x = layers.BatchNormalization(
            beta_initializer="random_normal",
            moving_mean_initializer="random_normal",
            name=f"{name}_norm",
        )(x)
        x = layers.MaxPooling2D()(layers.Activation(activation)(x))
    outputs = layers.Dense(5, name="out")(layers.Flatten()(x))
    return tfprune.penalize_scales(keras.Model(inputs, outputs), strength=0.1)


def test_the_function_stays_the_same():
    model = network()
    shifted = tfprune.scale_shift(model, 0.01)
    assert tfprune.compare(model, shifted).difference.relative < 1e-5


def test_weights_are_those_of_the_closed_form():
    model = network()
    shifted = tfprune.scale_shift(model, 0.25)

    def pair(layer, name):
        return (
            weight(model.get_layer(layer), name),
            weight(shifted.get_layer(layer), name),
        )

    for layer, name, factor in (
        ("first", "kernel", 1),
        ("first_norm", "gamma", 0.25),
        ("first_norm", "beta", 0.25),
        ("first_norm", "moving_mean", 1),
        ("second", "kernel", 4),
        ("second", "bias", 1),
        ("second_norm", "gamma", 0.25),
        ("out", "kernel", 4),
        ("out", "bias", 1),
    ):
        before, after = pair(layer, name)
        np.testing.assert_allclose(after, factor * before, rtol=1e-6)


def test_it_is_undone_and_the_penalty_stays():
    model = network()
    shifted = tfprune.scale_shift(tfprune.scale_shift(model, 0.01), 100)
    for before, after in zip(
        model.get_weights(), shifted.get_weights(), strict=True
    ):
        np.testing.assert_allclose(after, before, rtol=1e-5)
    strengths = [
        x.get_layer("first_norm").gamma.regularizer.strength
        for x in (model, shifted)
    ]
    assert strengths[0] == strengths[1]


def test_what_lies_within_residual_blocks():
    model = tfprune.penalize_scales(
        models.get("resnet_20")(input_shape=(16, 16, 3)), strength=0.1
    )
    shifted = tfprune.scale_shift(model, 0.01)
    assert tfprune.compare(model, shifted).difference.relative < 1e-5


def test_a_sigmoid_is_refused():
    with pytest.raises(
        InvalidInputError, match="'first_norm' cannot"
    ) as caught:
        tfprune.scale_shift(network("sigmoid"), 0.01)
    assert "\n" not in str(caught.value)


def test_a_model_without_penalties_is_refused():
    with pytest.raises(InvalidInputError, match="penalize_scales"):
        tfprune.scale_shift(models.get("vgg")(), 0.01)


@pytest.mark.parametrize("alpha", [0, -1, float("nan"), float("inf"), "a"])
def test_wrong_factors_are_refused(alpha):
    with pytest.raises(InvalidInputError, match="alpha"):
        tfprune.scale_shift(network(), alpha)


@pytest.mark.parametrize("padding", ["same", "valid"])
def test_a_depthwise_kernel_makes_up_for_the_factor(padding):
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(6, 1, name="expand")(inputs)
    x = layers.ReLU()(layers.BatchNormalization(name="expand_norm")(x))
    x = layers.DepthwiseConv2D(
        3, padding=padding, depth_multiplier=2, name="depthwise"
    )(x)
    x = layers.ReLU(6.0)(layers.BatchNormalization(name="norm")(x))
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 1)(x))
    model = randomize(keras.Model(inputs, layers.Dense(2)(x)))
    model = tfprune.penalize_scales(model, strength=0.1)
    model.get_layer("norm").gamma.regularizer = None
    shifted = tfprune.scale_shift(model, 0.25)
    assert tfprune.compare(model, shifted).difference.relative < 1e-5
    for layer, name, factor in (
        ("expand_norm", "gamma", 0.25),
        ("depthwise", "kernel", 4),
        ("depthwise", "bias", 1),
        ("norm", "gamma", 1),
        ("norm", "moving_variance", 1),
    ):
        np.testing.assert_allclose(
            weight(shifted.get_layer(layer), name),
            factor * weight(model.get_layer(layer), name),
            rtol=1e-6,
        )


def test_relu6_is_refused_with_a_way_out():
    model = models.get("mobilenet_v2")()
    penalized = tfprune.penalize_scales(model, strength=0.1)
    with pytest.raises(InvalidInputError, match="out by `layers` of tfprune"):
        tfprune.scale_shift(penalized, 0.01)


def test_numbers_without_room_in_the_precision_are_refused():
    inputs = keras.Input((4, 4, 3), dtype="float16")
    x = layers.Conv2D(6, 1, dtype="mixed_float16")(inputs)
    x = layers.BatchNormalization(dtype="mixed_float16")(x)
    x = layers.GlobalAveragePooling2D(dtype="mixed_float16")(x)
    x = layers.Dense(2, dtype="mixed_float16")(x)
    model = tfprune.penalize_scales(keras.Model(inputs, x), strength=0.1)
    tfprune.scale_shift(model, 0.1)
    with pytest.raises(ExactnessError, match="alpha=1e-06 changed its output"):
        tfprune.scale_shift(model, 1e-6)


def test_it_is_compared_on_the_data_given():
    model = network()
    with pytest.raises(ExactnessError, match="infinite numbers"):
        tfprune.scale_shift(model, 0.1, data=np.full((1, 8, 8, 3), np.nan))
