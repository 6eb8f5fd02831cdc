"""What constrains and penalizes weights that were scaled."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import tfprune
from tests.quantization.networks import IMAGE, images, trained
from tfprune.errors import InvalidInputError
from tfprune.quantization.kept_zeros import KeptZeros
from tfprune.quantization.scaled_constraint import ScaledConstraint
from tfprune.quantization.scaled_regularizer import ScaledRegularizer

CONSTRAINTS = {
    "largest_norm": lambda axis: keras.constraints.MaxNorm(0.5, axis),
    "positive": lambda axis: keras.constraints.NonNeg(),
}


def array(tensor):
    return np.array(ops.convert_to_numpy(tensor))


def strict(constraint=None, bias_constraint=None, regularizer=None):
    """Layers with settings for weights, and negative slopes behind them."""
    shared = {
        "bias_constraint": bias_constraint,
        "bias_regularizer": regularizer,
    }
    inputs = keras.Input(IMAGE)
    x = layers.Conv2D(
        6,
        3,
        kernel_constraint=constraint,
        kernel_regularizer=regularizer,
        bias_initializer="ones",
        name="whole",
        **shared,
    )(inputs)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.DepthwiseConv2D(
        3,
        use_bias=False,
        depthwise_constraint=constraint,
        depthwise_regularizer=regularizer,
        name="depthwise",
        **shared,
    )(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.Reshape((16, 6))(x)
    heads = layers.MultiHeadAttention(
        2, 3, kernel_regularizer=regularizer, **shared
    )
    x = layers.GlobalAveragePooling1D()(heads(x, x))
    model = trained(keras.Model(inputs, x))
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            gamma = array(layer.gamma)
            gamma[0], gamma[1] = -0.7, 0.0
            layer.gamma.assign(gamma)
            layer.moving_variance.assign(0.01 * layer.moving_variance)
    for layer in (model.get_layer("whole"), model.get_layer("depthwise")):
        if constraint is not None:
            layer.kernel.assign(constraint(layer.kernel))
    if bias_constraint is not None:
        whole = model.get_layer("whole")
        whole.bias.assign(bias_constraint(whole.bias))
    return model


@pytest.mark.filterwarnings("ignore:In layer '(whole|depthwise)'")
@pytest.mark.parametrize("name", CONSTRAINTS)
def test_an_epoch_without_steps_changes_no_weight(name, tmp_path):
    of_axis, x = CONSTRAINTS[name], images()
    model = strict(of_axis([0, 1, 2]), of_axis(0))
    aware = tfprune.quantize_aware(model, representative_data=x)
    before = [array(x) for x in aware.trainable_weights]
    aware.compile(keras.optimizers.SGD(0.0), "mse")
    aware.fit(x, np.zeros((len(x), 6)), verbose=0)
    for old, new in zip(before, aware.trainable_weights, strict=True):
        np.testing.assert_allclose(array(new), old, rtol=1e-5, atol=1e-6)
    aware.save(tmp_path / "aware.keras")
    loaded = keras.saving.load_model(tmp_path / "aware.keras")
    found = loaded.get_layer("whole").kernel_constraint
    assert isinstance(found, ScaledConstraint)
    np.testing.assert_array_equal(array(loaded(x)), array(aware(x)))


@pytest.mark.filterwarnings("ignore:In layer '(whole|depthwise)'")
def test_the_penalty_is_that_of_the_weights_before():
    model = strict(regularizer=keras.regularizers.L2(1e-2))
    expected = float(sum(model.losses))
    aware = tfprune.quantize_aware(model, representative_data=images())
    # The filters that a slope of zero took out have none any more.
    for name in ("whole", "depthwise"):
        kernel = array(model.get_layer(name).kernel)
        gone = kernel[..., 1] if name == "whole" else kernel[:, :, 1]
        expected -= 1e-2 * np.square(gone).sum()
    # Nor has a bias, but for what the layer adds.
    assert float(sum(aware.losses)) == pytest.approx(expected - 1e-2, rel=1e-4)


def test_steps_along_the_penalty_are_those_of_the_weights_before():
    scale, shift = np.array([0.5, -2.0, 1e-4]), np.array([1.0, 0.0, 3.0])
    v = np.array([[1.0, 2.0, 3.0], [-4.0, 5.0, 6.0]])
    ordinary = keras.regularizers.L2(0.1)
    moved = stepped(
        ScaledRegularizer(ordinary, scale, shift), v * scale + shift
    )
    expected = stepped(ordinary, v) * scale + shift
    np.testing.assert_allclose(moved, expected, rtol=1e-5)


def stepped(penalty, kernel):
    """Where a step of gradient descent along a penalty takes a kernel."""
    inputs = keras.Input((len(kernel),))
    dense = layers.Dense(
        kernel.shape[1], use_bias=False, kernel_regularizer=penalty
    )
    model = keras.Model(inputs, dense(inputs))
    dense.kernel.assign(kernel)
    model.compile(keras.optimizers.SGD(1.0), "mse")
    # Of zeros the products have no slope.
    x, y = np.zeros((1, len(kernel))), np.zeros((1, kernel.shape[1]))
    model.fit(x, y, verbose=0)
    return array(dense.kernel)


def test_constraints_see_the_shape_that_weights_had():
    w = np.array([[3.0, 4.0, -6.0, 8.0]], "float32")
    unit = ScaledConstraint(
        keras.constraints.UnitNorm(axis=-1), scale=2.0, shape=(1, 2, 2)
    )
    np.testing.assert_allclose(
        array(unit(w)), [[1.2, 1.6, -1.2, 1.6]], rtol=1e-5
    )
    config = keras.saving.serialize_keras_object(unit)
    again = keras.saving.deserialize_keras_object(config)
    np.testing.assert_array_equal(array(again(w)), array(unit(w)))


KEPT = [np.array(x, bool) for x in ([1, 1, 1], [1, 0, 1, 1], [0, 1])]


@pytest.mark.parametrize("shape", [None, (3, 1, 4, 2), (3, 8)])
@pytest.mark.parametrize("scale", [-2.0, [0.5, 3.0], np.ones((4, 1))])
def test_settings_follow_the_channels(shape, scale):
    w = np.random.default_rng(0).normal(size=(3, 4, 2)).astype("float32")
    small = w[np.ix_(*KEPT)]
    constraint = ScaledConstraint("non_neg", scale, -0.1, shape)
    again = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(constraint.sliced(KEPT))
    )
    np.testing.assert_allclose(
        array(again(small)), array(constraint(w))[np.ix_(*KEPT)]
    )
    regularizer = ScaledRegularizer("l2", scale, 0.0, shape)
    w[:, 1] = w[:, :, 0] = 0
    np.testing.assert_allclose(
        array(regularizer.sliced(KEPT)(w[np.ix_(*KEPT)])),
        array(regularizer(w)),
        rtol=1e-6,
    )


def test_constraints_within_constraints_follow_the_channels():
    random = np.random.default_rng(1)
    w = random.normal(size=(3, 4, 2)).astype("float32")
    zeros = KeptZeros(random.random((3, 8)) < 0.5)
    constraint = ScaledConstraint(zeros, 2.0, shape=(3, 8))
    found = array(constraint.sliced(KEPT)(w[np.ix_(*KEPT)]))
    np.testing.assert_allclose(found, array(constraint(w))[np.ix_(*KEPT)])
    assert (found == 0).any() and (found != 0).any()


def test_weights_that_stand_for_others_go_as_a_whole():
    constraint = ScaledConstraint("non_neg", 2.0, shape=(2, 4, 3))
    with pytest.raises(InvalidInputError, match="go as a whole"):
        constraint.sliced([np.ones(2, bool), np.arange(12) != 5])


def test_constrained_layers_train_once_channels_are_gone():
    model = strict(
        keras.constraints.MaxNorm(0.5, axis=0),
        keras.constraints.NonNeg(),
        "l2",
    )
    with pytest.warns(UserWarning, match=r"channels \[1\] are zero"):
        aware = tfprune.quantize_aware(model, representative_data=images())
    keep = tfprune.keep_mask(aware, criterion="l1_norm", sparsity=0.3)
    small = tfprune.remove_channels(aware, keep)
    assert small.count_params() < aware.count_params()
    small.compile("sgd", "mse")
    y = np.zeros((24, *small.output_shape[1:]), "float32")
    losses = small.fit(images(), y, epochs=2, verbose=0).history["loss"]
    assert np.isfinite(losses).all()
