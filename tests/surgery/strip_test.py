"""Dead channels are found, absorbed and removed; the function stays."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.testing import randomize, set_weight, weight
from tfprune.errors import InvalidInputError


def chain(padding: str, use_bias: bool) -> keras.Model:
    """Two conv-BN-ReLU, a pool, a 1x1 convolution without bias, two dense."""
    inputs = keras.Input((12, 12, 3))
    x = inputs
    for name in ("first", "second"):
        x = layers.Conv2D(8, 3, padding=padding, use_bias=use_bias, name=name)(
            x
        )
        x = layers.BatchNormalization(name=f"{name}_norm")(x)
        x = layers.ReLU()(x)
    x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(6, 1, use_bias=False, name="pointwise")(x)
    x = layers.Flatten()(layers.ReLU()(x))
    x = layers.Dense(7, activation="relu", name="hidden")(x)
    return randomize(keras.Model(inputs, layers.Dense(4, name="out")(x)))


def with_dead_channels(model: keras.Model) -> keras.Model:
    """Zero scales with a positive and a negative shift in both norms."""
    for name in ("first_norm", "second_norm"):
        layer = model.get_layer(name)
        set_weight(layer, "gamma", [1, 4], 0.0)
        set_weight(layer, "beta", [1, 4], [0.8, -0.8])
    return model


@pytest.mark.parametrize("use_bias", [False, True])
def test_constants_are_absorbed_exactly_under_valid_padding(use_bias):
    model = with_dead_channels(chain("valid", use_bias))
    found = tfprune.dead_channels(model)
    small = tfprune.strip(model)
    assert found.dead == {"first": 2, "second": 2}
    assert found.absorbed == 2
    assert not found.kept_for_border
    assert small.get_layer("second").kernel.shape == (3, 3, 6, 6)
    assert tfprune.compare(model, small).difference.relative < 1e-5


def test_a_layer_without_bias_gets_one_when_it_absorbs():
    model = with_dead_channels(chain("valid", use_bias=False))
    small = tfprune.strip(model)
    assert model.get_layer("pointwise").bias is None
    assert small.get_layer("pointwise").bias is not None
    # A batch normalization follows: its moving mean takes the constant.
    assert small.get_layer("second").bias is None


def test_the_moving_mean_takes_what_the_next_convolution_would_add():
    model = with_dead_channels(chain("valid", use_bias=True))
    small = tfprune.strip(model)
    kernel = weight(model.get_layer("second"), "kernel")[:, :, 1]
    shift = 0.8 * kernel.sum(axis=(0, 1))
    before = weight(model.get_layer("second_norm"), "moving_mean")
    after = weight(small.get_layer("second_norm"), "moving_mean")
    kept = [0, 2, 3, 5, 6, 7]
    np.testing.assert_allclose(after, (before - shift)[kept], rtol=1e-5)
    np.testing.assert_array_equal(
        weight(small.get_layer("second"), "bias"),
        weight(model.get_layer("second"), "bias")[kept],
    )


def test_same_padding_keeps_a_constant_channel_and_says_so():
    model = with_dead_channels(chain("same", use_bias=False))
    found = tfprune.dead_channels(model)
    assert found.kept_for_border == {"first": 1}
    assert "kept because SAME padding" in str(found)
    small = tfprune.strip(model)
    assert small.get_layer("first").filters == 7
    assert tfprune.compare(model, small).difference.relative < 1e-5


def test_approximate_absorbs_under_padding_and_changes_the_border_only():
    model = with_dead_channels(chain("same", use_bias=False))
    small = tfprune.strip(model, absorb="approximate")
    assert small.get_layer("first").filters == 6
    data = keras.random.normal((2, 12, 12, 3), seed=0)

    def inside(model):
        """What the second normalization gives, two pixels off the border."""
        part = keras.Model(model.inputs, model.get_layer("second_norm").output)
        return keras.ops.convert_to_numpy(part(data))[:, 2:-2, 2:-2]

    kept = [0, 2, 3, 5, 6, 7]
    np.testing.assert_allclose(
        inside(model)[..., kept], inside(small), rtol=1e-3, atol=1e-4
    )


def test_never_keeps_every_channel_with_a_constant():
    model = with_dead_channels(chain("valid", use_bias=False))
    found = tfprune.dead_channels(model, absorb="never")
    assert found.dead == {"first": 1, "second": 1}
    assert found.absorbed == 0


def test_zero_filters_die_with_their_bias():
    model = chain("valid", use_bias=True)
    set_weight(model.get_layer("hidden"), "kernel", np.s_[:, 2], 0.0)
    set_weight(model.get_layer("hidden"), "bias", 2, 0.7)
    found = tfprune.dead_channels(model)
    assert found.dead == {"hidden": 1}
    small = tfprune.strip(model)
    row = weight(model.get_layer("out"), "kernel")[2]
    np.testing.assert_allclose(
        weight(small.get_layer("out"), "bias"),
        weight(model.get_layer("out"), "bias") + 0.7 * row,
        rtol=1e-5,
    )


def test_channels_that_nobody_reads_die_and_kill_what_feeds_them():
    model = chain("valid", use_bias=True)
    # Channel 5 of `hidden` is unread; `pointwise` channel 3 feeds it alone.
    set_weight(model.get_layer("out"), "kernel", 5, 0.0)
    kernel = weight(model.get_layer("hidden"), "kernel")
    others = [unit for unit in range(7) if unit != 5]
    for row in range(3, kernel.shape[0], 6):
        kernel[row, others] = 0.0
    model.get_layer("hidden").kernel.assign(kernel)
    assert tfprune.dead_channels(model).dead == {"hidden": 1, "pointwise": 1}
    small = tfprune.strip(model)
    assert tfprune.compare(model, small).difference.relative < 1e-5


def test_a_layer_that_died_whole_keeps_one_channel():
    model = chain("valid", use_bias=True)
    set_weight(model.get_layer("second_norm"), "gamma", np.s_[:], 0.0)
    small = tfprune.strip(model)
    assert small.get_layer("second").filters == 1
    assert tfprune.compare(model, small).difference.relative < 1e-5


def test_a_residual_channel_dies_only_when_both_branches_are_constant():
    inputs = keras.Input((6, 6, 3))
    x = layers.Conv2D(5, 1, name="shortcut")(inputs)
    y = layers.Conv2D(5, 1, name="branch")(inputs)
    x = layers.Add()([x, y])
    x = layers.GlobalAveragePooling2D()(x)
    model = randomize(keras.Model(inputs, layers.Dense(3)(x)))
    set_weight(model.get_layer("branch"), "kernel", np.s_[..., [0, 1]], 0.0)
    set_weight(model.get_layer("shortcut"), "kernel", np.s_[..., [1, 2]], 0.0)
    found = tfprune.dead_channels(model)
    assert found.dead == {"shortcut": 1, "branch": 1}
    assert tfprune.strip(model).get_layer("branch").filters == 4


def test_a_zero_scale_behind_a_depthwise_convolution_kills_the_expansion():
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(6, 1, use_bias=False, name="expand")(inputs)
    x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
    x = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(name="norm")(x)
    x = layers.Conv2D(4, 1, name="project")(layers.ReLU(6.0)(x))
    model = randomize(keras.Model(inputs, layers.Flatten()(x)))
    set_weight(model.get_layer("norm"), "gamma", [0, 3], 0.0)
    set_weight(model.get_layer("norm"), "beta", [0, 3], [0.5, -0.5])
    small = tfprune.strip(model)
    assert small.get_layer("expand").filters == 4
    assert tfprune.compare(model, small).difference.relative < 1e-5


def test_nothing_dead_leaves_the_model_as_it_is():
    model = chain("same", use_bias=True)
    small = tfprune.strip(model)
    assert small is not model
    assert small.count_params() == model.count_params()
    assert tfprune.compare(model, small).difference.absolute == 0


def test_an_unknown_choice_is_refused():
    with pytest.raises(InvalidInputError, match="exact, approximate, never"):
        tfprune.strip(chain("same", use_bias=True), absorb="exactly")


def test_constants_pass_through_a_layer_that_does_nothing():
    inputs = keras.Input((3,))
    x = layers.Dense(4, activation="relu", name="first")(inputs)
    x = layers.Dense(2)(layers.Identity()(x))
    model = randomize(keras.Model(inputs, x))
    set_weight(model.get_layer("first"), "kernel", (slice(None), 1), 0.0)
    assert tfprune.dead_channels(model).dead == {"first": 1}
    tfprune.strip(model)
