"""Convolutions of few columns become a gather and a dense product."""

import itertools

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.testing import randomize, set_weight, weight
from tfprune.errors import InvalidInputError

# Of 24: positions in a kernel of 3 x 2, each of one of 4 channels, all read.
COLUMNS = [1, 6, 11, 16, 20]


def network(stacked: bool = False, **settings) -> keras.Model:
    """Two convolutions, of which the second reads few columns."""
    made = [
        layers.Conv2D(4, 3, activation="relu", name="first"),
        layers.Conv2D(6, (3, 2), activation="relu", name="conv", **settings),
        layers.GlobalMaxPooling2D(),
        layers.Dense(3, name="head"),
    ]
    if stacked:
        model = keras.Sequential([keras.Input((9, 8, 3)), *made])
    else:
        inputs = x = keras.Input((9, 8, 3))
        for layer in made:
            x = layer(x)
        model = keras.Model(inputs, x)
    randomize(model)
    kernel = weight(model.get_layer("conv"), "kernel")
    matrix = kernel.reshape(-1, 6)
    matrix[np.setdiff1d(np.arange(len(matrix)), COLUMNS)] = 0.0
    model.get_layer("conv").kernel.assign(matrix.reshape(kernel.shape))
    return model


SETTINGS = [
    {"padding": padding, "strides": strides, "use_bias": use_bias}
    for padding, strides, use_bias in itertools.product(
        ["valid", "same"], [1, 2, (2, 1)], [True, False]
    )
] + [{"dilation_rate": (2, 3)}, {"padding": "same", "dilation_rate": 2}]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_the_function_stays(settings):
    model = network(**settings)
    small = tfprune.strip(model, lower_shapes=0.25)
    dense = small.get_layer("conv")
    assert type(dense) is layers.Dense
    assert dense.kernel.shape == (5, 6)
    assert (dense.bias is None) == (settings.get("use_bias") is False)
    assert tfprune.compare(model, small).difference.relative < 1e-5


@pytest.mark.parametrize("stacked", [False, True])
def test_it_is_a_plain_keras_model(stacked, tmp_path):
    model = network(stacked)
    small = tfprune.strip(model, lower_shapes=0.25)
    small.save(tmp_path / "small.keras")
    loaded = keras.saving.load_model(tmp_path / "small.keras")
    assert tfprune.compare(small, loaded).difference.absolute == 0
    x = np.random.default_rng(0).normal(size=(8, 9, 8, 3))
    loaded.compile(keras.optimizers.SGD(0.1), "mse")
    loaded.fit(x, np.ones((8, 3)), verbose=0)


def test_products_and_weights_are_those_that_are_left():
    model = network()
    before = {x.name: x for x in tfprune.profile(model).layers}["conv"]
    small = tfprune.strip(model, lower_shapes=0.25)
    after = {x.name: x for x in tfprune.profile(small).layers}["conv"]
    assert after.macs * 24 == before.macs * 5
    assert after.parameters == 5 * 6 + 6


def test_channels_are_removed_first():
    model = network()
    kernel = weight(model.get_layer("conv"), "kernel")
    kernel[:, :, 2] = 0.0
    model.get_layer("conv").kernel.assign(kernel)
    set_weight(model.get_layer("head"), "kernel", 4, 0.0)
    small = tfprune.strip(model, lower_shapes=0.3)
    assert small.get_layer("first").filters == 3
    assert small.get_layer("conv").units == 5


@pytest.mark.parametrize("at_most", [0.0, 0.2])
def test_more_columns_stay_a_convolution(at_most):
    small = tfprune.strip(network(), lower_shapes=at_most)
    assert type(small.get_layer("conv")) is layers.Conv2D


def test_an_open_size_stays_a_convolution():
    inputs = keras.Input((None, None, 3))
    x = layers.Conv2D(4, 3, name="conv")(inputs)
    model = randomize(keras.Model(inputs, layers.GlobalMaxPooling2D()(x)))
    set_weight(model.get_layer("conv"), "kernel", np.s_[1:], 0.0)
    small = tfprune.strip(model, lower_shapes=1.0)
    assert type(small.get_layer("conv")) is layers.Conv2D


@pytest.mark.parametrize("at_most", [-0.1, 1.5])
def test_parts_are_from_zero_to_one(at_most):
    with pytest.raises(InvalidInputError, match=f"lower_shapes={at_most}. Wh"):
        tfprune.strip(network(), lower_shapes=at_most)


def with_settings(**settings) -> keras.Model:
    """The network, with weights that constraints let be."""
    model = network(**settings)
    kernel = weight(model.get_layer("conv"), "kernel")
    model.get_layer("conv").kernel.assign(np.abs(kernel))
    return model


@pytest.mark.parametrize(
    "settings",
    [
        {"kernel_regularizer": "l1", "kernel_constraint": "non_neg"},
        {"kernel_regularizer": keras.regularizers.L2(0.3)},
        {"kernel_regularizer": keras.regularizers.L1L2(0.2, 0.1)},
        {"activity_regularizer": keras.regularizers.L1L2(0.2, 0.1)},
        {"bias_regularizer": "l2", "bias_constraint": "max_norm"},
    ],
    ids=["names", "L2", "L1L2", "activity", "bias"],
)
def test_what_looks_at_each_number_is_kept(settings):
    model = with_settings(**settings)
    small = tfprune.strip(model, lower_shapes=0.25)
    assert not tfprune.dead_channels(model).unlowered
    conv, dense = model.get_layer("conv"), small.get_layer("conv")
    assert type(dense) is layers.Dense
    for name in settings:
        kept, original = getattr(dense, name), getattr(conv, name)
        assert type(kept) is type(original)
        assert kept.get_config() == original.get_config()
    x = np.random.default_rng(0).normal(size=(4, 9, 8, 3)).astype("float32")
    losses = []
    for one in (model, small):
        one(x)
        losses.append([float(x) for x in one.losses])
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-5)


def test_a_constraint_holds_where_the_dense_layer_trains():
    small = tfprune.strip(
        with_settings(kernel_constraint="non_neg"), lower_shapes=0.25
    )
    small.compile(keras.optimizers.SGD(10.0), "mse")
    x = np.random.default_rng(0).normal(size=(8, 9, 8, 3))
    small.fit(x, np.ones((8, 3)), verbose=0)
    kernel = weight(small.get_layer("conv"), "kernel")
    assert (kernel >= 0).all()
    assert (kernel == 0).any()


@keras.saving.register_keras_serializable(package="lower_test")
class Largest(keras.regularizers.Regularizer):
    """A regularizer that looks at the shape."""

    def __call__(self, x):
        return keras.ops.max(keras.ops.mean(keras.ops.abs(x), axis=-1))

    def get_config(self):
        return {}


@pytest.mark.parametrize(
    "settings",
    [
        {"kernel_constraint": keras.constraints.MaxNorm(9.0, axis=[0, 1, 2])},
        {"kernel_regularizer": Largest()},
        {"activity_regularizer": Largest()},
    ],
    ids=["constraint", "kernel", "activity"],
)
def test_what_means_something_else_for_a_matrix_keeps_the_convolution(settings):
    model = with_settings(**settings)
    small = tfprune.strip(model, lower_shapes=0.25)
    assert type(small.get_layer("conv")) is layers.Conv2D
    ((name, value),) = settings.items()
    report = tfprune.dead_channels(model)
    reason = f"its {name}, {type(value).__name__}, may mean something else"
    assert f"'conv' stays a convolution under lower_shapes: {reason}" in str(
        report
    )
    assert report.as_dict()["not_lowered"]["conv"].startswith(reason)


def test_a_convolution_whose_columns_are_all_read_is_not_reported():
    model = randomize(network(kernel_constraint="max_norm"))
    assert not tfprune.dead_channels(model).unlowered
