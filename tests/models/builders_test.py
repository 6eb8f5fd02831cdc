"""What every reference network keeps to, whichever they are."""

import keras
import numpy as np
import pytest

from tfprune import models
from tfprune.errors import InvalidInputError
from tfprune.models.builders import MODELS
from tfprune.regularizers import L1, GroupLasso

NAMES = models.names()


def build(name: str, **settings) -> keras.Model:
    return models.get(name)(input_shape=(16, 16, 3), num_classes=7, **settings)


def convolutions(model: keras.Model) -> list[keras.layers.Layer]:
    return [
        layer
        for layer in model.layers
        if isinstance(layer, keras.layers.Conv2D)
    ]


def penalties(model: keras.Model) -> dict[str, dict]:
    return {
        variable.path: variable.regularizer.get_config()
        for variable in model.trainable_variables
        if variable.regularizer
    }


@pytest.mark.parametrize("name", NAMES)
def test_probabilities_come_out(name):
    model = build(name)
    images = np.random.default_rng(0).random((4, 16, 16, 3), "float32")
    outputs = keras.ops.convert_to_numpy(model(images))
    assert model.name == name
    assert model.layers[-1].name == "predictions"
    assert outputs.shape == (4, 7)
    np.testing.assert_allclose(outputs.sum(axis=-1), 1.0, rtol=1e-5)
    assert outputs.std(axis=0).max() > 0, "all images are predicted alike"


@pytest.mark.parametrize("name", NAMES)
def test_kernel_regularizer_is_everywhere_but_on_the_classes(name):
    penalty = GroupLasso(0.5)
    model = build(name, kernel_regularizer=penalty)
    layers = [
        layer
        for layer in model.layers
        if isinstance(layer, keras.layers.Conv2D | keras.layers.Dense)
    ]
    assert len(layers) > 2
    for layer in layers[:-1]:
        assert layer.kernel.regularizer is penalty, layer.name
    assert layers[-1].kernel.regularizer is None


@pytest.mark.parametrize("name", NAMES)
def test_a_penalized_network_saves_and_loads(name, tmp_path):
    model = build(name, kernel_regularizer=GroupLasso(0.5))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert penalties(loaded) == penalties(model)
    assert GroupLasso(0.5).get_config() in penalties(loaded).values()
    images = np.ones((1, 16, 16, 3), "float32")
    np.testing.assert_array_equal(loaded(images), model(images))


@pytest.mark.parametrize("name", NAMES)
def test_no_bias_before_a_normalization(name):
    model = build(name)
    normalized = any("_bn" in layer.name for layer in model.layers)
    for layer in convolutions(model):
        assert layer.use_bias != normalized, layer.name


@pytest.mark.parametrize(
    ("name", "penalized"),
    [("vgg", 6), ("resnet_20", 9), ("residual_cnn", 3), ("mobilenet_v2", 7)],
)
def test_gamma_regularizer_is_where_one_zero_removes_a_channel(name, penalized):
    penalty = L1(0.1)
    model = build(name, gamma_regularizer=penalty)
    found = [
        layer
        for layer in model.layers
        if isinstance(layer, keras.layers.BatchNormalization)
        and layer.gamma.regularizer is penalty
    ]
    assert len(found) == penalized


def test_the_closest_name_is_proposed():
    with pytest.raises(
        InvalidInputError,
        match="Unknown model 'resnet20'. Did you mean 'resnet_20'",
    ):
        models.get("resnet20")


def test_a_name_cannot_be_taken_twice():
    with pytest.raises(InvalidInputError, match="'vgg' is already taken"):
        MODELS.register("vgg")(models.vgg)
