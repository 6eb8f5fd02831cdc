"""The scales of tied channels vanish together, and the channels with them."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.programs import results_of
from tests.pruners.tied_scales import (
    STREAM,
    WEAK,
    fit,
    penalized,
    refit,
    residual,
    scales,
    with_shifts,
)
from tests.testing import randomize, set_weight, weight
from tfprune import models
from tfprune.regularizers import L1, JointGroupLasso


def kinds(model: keras.Model) -> dict[str, type]:
    """The kind of each penalty on a scale, by the name of its layer."""
    return {
        x.path.split("/")[0]: type(x.regularizer)
        for x in model.trainable_variables
        if x.regularizer is not None
    }


def test_one_norm_spans_all_scales_of_a_tied_channel():
    model = randomize(residual())
    model = tfprune.penalize_scales(
        model, strength=0.1, cost="parameters", tied_groups=True
    )
    assert kinds(model) == {
        "stem_norm": JointGroupLasso,
        "outer_norm": JointGroupLasso,
        "inner_norm": L1,
    }
    # Its own filters and normalizations (four numbers each), and readers.
    stream = 27 + 4 + 4 + 4 + 4 + 2
    inner = 6 + 4 + 6
    mean = (6 * stream + 4 * inner) / 10
    expected = stream * np.linalg.norm(scales(model), axis=0).sum()
    expected += (
        inner * np.abs(weight(model.get_layer("inner_norm"), "gamma")).sum()
    )
    assert sum(map(float, model.losses)) == pytest.approx(
        0.1 * expected / mean, rel=1e-5
    )


def test_they_are_left_alone_unless_asked_for():
    model = tfprune.penalize_scales(residual(), strength=0.1)
    assert kinds(model) == {"inner_norm": L1}


@pytest.mark.parametrize("shift", [-0.5, 0.7])
def test_all_scales_of_a_channel_vanish_at_once_and_strip_removes_it(shift):
    model = with_shifts(penalized(), shift)
    fit(model)
    np.testing.assert_array_equal(scales(model) == 0, [[0, 1, 0, 0, 1, 0]] * 2)
    dead = tfprune.dead_channels(model)
    assert dead.dead["stem"] == len(WEAK)
    small = tfprune.strip(model)
    assert small.get_layer("stem").filters == 4
    assert small.get_layer("outer").filters == 4
    assert tfprune.compare(model, small).difference.relative < 1e-5


def test_where_their_constants_are_zero_removed_is_masked():
    model = with_shifts(penalized(kernel_size=3), -0.5)
    fit(model)
    assert (weight(model.get_layer("stem_norm"), "beta")[list(WEAK)] < 0).all()
    dead = tfprune.dead_channels(model)
    masked = tfprune.mask_channels(model, dead.keep)
    small = tfprune.strip(model)
    assert small.get_layer("stem").filters == 4
    assert tfprune.compare(masked, small).difference.relative < 1e-5


def test_under_padding_constants_keep_the_channel_unless_told():
    model = with_shifts(penalized(kernel_size=3), 0.7)
    fit(model)
    assert tfprune.dead_channels(model).kept_for_border["stem"] == len(WEAK)
    assert tfprune.strip(model).get_layer("stem").filters == 6
    small = tfprune.strip(model, absorb="approximate")
    assert small.get_layer("stem").filters == 4


def test_every_stream_of_a_residual_network_can_go():
    model = tfprune.penalize_scales(
        randomize(models.get("resnet_20")(input_shape=(16, 16, 3))),
        strength=0.1,
        tied_groups=True,
    )
    found = [x for x in kinds(model).values() if x is JointGroupLasso]
    assert len(found) == 12
    for layer in model.layers:
        if kinds(model).get(layer.name) is JointGroupLasso:
            set_weight(layer, "gamma", np.s_[:5], 0.0)
            layer.beta.assign(-np.abs(layer.beta))
    dead = tfprune.dead_channels(model)
    masked = tfprune.mask_channels(model, dead.keep)
    small = tfprune.strip(model)
    widths = [
        small.get_layer(name).filters
        for name in ("stem", "stage_1_block_2_conv_1", "stage_2_block_2_conv_1")
    ]
    assert widths == [11, 27, 59]
    assert tfprune.compare(masked, small).difference.relative < 1e-5


def test_a_stream_that_is_normalized_where_it_is_read():
    inputs = x = keras.Input((8, 8, 3))
    x = layers.Conv2D(5, 3, padding="same", name="stem")(inputs)
    for number in range(2):
        y = layers.BatchNormalization(name=f"norm_{number}")(x)
        y = layers.Conv2D(5, 3, padding="same")(layers.ReLU()(y))
        x = layers.Add()([x, y])
    x = layers.ReLU()(layers.BatchNormalization(name="norm_2")(x))
    x = layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, layers.Dense(2)(x))
    model = tfprune.penalize_scales(model, strength=0.1, tied_groups=True)
    assert kinds(model) == {
        f"norm_{number}": JointGroupLasso for number in range(3)
    }


def test_what_a_layer_without_scales_adds_to_is_left_alone():
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(5, 3, padding="same", name="stem")(inputs)
    y = layers.Conv2D(4, 3, padding="same")(x)
    y = layers.ReLU()(layers.BatchNormalization(name="inner_norm")(y))
    y = layers.Conv2D(5, 3, padding="same")(y)
    y = layers.BatchNormalization(name="outer_norm")(y)
    x = layers.GlobalAveragePooling2D()(layers.Add()([x, y]))
    model = keras.Model(inputs, layers.Dense(2)(x))
    before = model.get_weights()
    model = tfprune.penalize_scales(model, strength=0.1, tied_groups=True)
    assert kinds(model) == {"inner_norm": L1}
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_scales_that_do_not_train_keep_their_channels_out():
    model = residual()
    model.get_layer("outer_norm").trainable = False
    model = tfprune.penalize_scales(model, strength=0.1, tied_groups=True)
    assert kinds(model) == {"inner_norm": L1}


def test_training_goes_on_after_saving(tmp_path):
    model = penalized()
    fit(model)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for one in (model, loaded):
        keras.utils.set_random_seed(1)
        refit(one)
    np.testing.assert_array_equal(scales(loaded), scales(model))
    assert (scales(loaded)[:, list(WEAK)] == 0).all()
    assert (
        len(STREAM) == loaded.get_layer("stem_norm").gamma.regularizer.members
    )


def test_jax_without_tensorflow():
    results = results_of("tests.pruners.jax_program", KERAS_BACKEND="jax")
    assert results["zeros"] == [[0, 1, 0, 0, 1, 0]] * 2
    assert results["filters"] == 4
    assert results["difference"] < 1e-5
