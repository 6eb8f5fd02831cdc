"""Scales are penalized by what their channels cost, and reach zero."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.testing import set_weight, weight
from tfprune import models
from tfprune.errors import InvalidInputError
from tfprune.gates import HardConcrete
from tfprune.optimizers import Proximal
from tfprune.regularizers import GroupLasso


def two_layers() -> keras.Model:
    inputs = keras.Input((8, 8, 3))
    x = inputs
    for name, width in (("first", 6), ("second", 4)):
        x = layers.Conv2D(width, 3, padding="same", use_bias=False, name=name)(
            x
        )
        x = layers.BatchNormalization(name=f"{name}_norm")(x)
        x = layers.ReLU()(x)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(2, name="out")(x))


def strength(model, layer):
    return model.get_layer(layer).gamma.regularizer.strength


def test_strengths_are_in_proportion_to_the_macs_saved():
    model = tfprune.penalize_scales(two_layers(), strength=0.1)
    first = 64 * 9 * (3 + 4)
    second = 64 * 9 * 6 + 2
    mean = (6 * first + 4 * second) / 10
    assert strength(model, "first_norm") == pytest.approx(0.1 * first / mean)
    assert strength(model, "second_norm") == pytest.approx(0.1 * second / mean)


def test_memory_is_that_of_kernels_and_feature_map():
    model = tfprune.penalize_scales(two_layers(), strength=0.1, cost="memory")
    first = 9 * 3 + 9 * 4 + 64
    second = 9 * 6 + 2 + 64
    mean = (6 * first + 4 * second) / 10
    assert strength(model, "first_norm") == pytest.approx(0.1 * first / mean)
    assert strength(model, "second_norm") == pytest.approx(0.1 * second / mean)


def test_without_a_cost_all_strengths_are_equal():
    model = tfprune.penalize_scales(two_layers(), strength=0.1, cost=None)
    assert strength(model, "first_norm") == 0.1
    assert strength(model, "second_norm") == 0.1


def test_weights_stay_and_the_original_is_left_alone():
    model = two_layers()
    penalized = tfprune.penalize_scales(model, strength=0.1)
    assert model.get_layer("first_norm").gamma.regularizer is None
    for old, new in zip(
        model.get_weights(), penalized.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(old, new)


def test_residual_outputs_are_left_alone():
    model = tfprune.penalize_scales(
        models.get("resnet_20")(input_shape=(16, 16, 3)), strength=0.1
    )
    penalized = [
        layer.name
        for layer in model.layers
        if getattr(getattr(layer, "gamma", None), "regularizer", None)
    ]
    assert len(penalized) == 9


def test_an_expansion_is_penalized_on_both_sides_of_its_depthwise_layer():
    model = tfprune.penalize_scales(models.get("mobilenet_v2")(), strength=0.1)
    penalized = [
        layer
        for layer in model.layers
        if getattr(getattr(layer, "gamma", None), "regularizer", None)
    ]
    assert penalized


def test_training_makes_exact_zeros_that_strip_removes():
    keras.utils.set_random_seed(0)
    model = tfprune.penalize_scales(two_layers(), strength=0.5)
    # Steps of 0.1 * 0.5 a batch, and 40 batches: scales of one can vanish.
    model.compile(Proximal(keras.optimizers.SGD(0.1)), "mse")
    x = np.random.default_rng(0).normal(size=(64, 8, 8, 3))
    y = x.mean(axis=(1, 2))[:, :2]
    model.fit(x, y, batch_size=16, epochs=10, verbose=0)
    assert (weight(model.get_layer("first_norm"), "gamma") == 0).any()
    dead = tfprune.dead_channels(model).dead["first"]
    assert dead > 0
    assert tfprune.strip(model).get_layer("first").filters == 6 - dead


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"strength": 0.1, "cost": "mac"}, "macs, parameters or None"),
        ({"strength": -1.0}, "strength"),
        ({"strength": True}, "Expected strength of penalize_scales"),
    ],
)
def test_wrong_arguments_are_refused(arguments, text):
    with pytest.raises(InvalidInputError, match=text):
        tfprune.penalize_scales(two_layers(), **arguments)


def test_channels_with_a_gate_or_another_penalty_are_refused():
    def model(penalty=None, gated=False):
        x = inputs = keras.Input((8, 8, 3))
        x = layers.Conv2D(4, 3, kernel_regularizer=penalty, name="conv")(x)
        x = layers.BatchNormalization()(x)
        x = HardConcrete(1e-3, name="gate")(x) if gated else x
        x = layers.GlobalAveragePooling2D()(x)
        return keras.Model(inputs, layers.Dense(2)(x))

    for wrong, text in (
        (model(GroupLasso(1.0)), "a GroupLasso on 'kernel' of 'conv' already"),
        (model(gated=True), "a HardConcrete on 'location' of 'gate' already"),
    ):
        with pytest.raises(InvalidInputError, match=text):
            tfprune.penalize_scales(wrong, strength=0.1)


def test_strengths_can_be_set_anew():
    once = tfprune.penalize_scales(two_layers(), strength=0.1, cost=None)
    twice = tfprune.penalize_scales(once, strength=0.3, cost=None)
    assert strength(twice, "first_norm") == 0.3


def penalized_layers(model):
    return {
        layer.name
        for layer in model.layers
        if getattr(getattr(layer, "gamma", None), "regularizer", None)
    }


def test_layers_are_chosen_by_name():
    for chosen in ("^second$", ["second"], lambda name: name == "second"):
        model = tfprune.penalize_scales(
            two_layers(), strength=0.1, layers=chosen
        )
        assert penalized_layers(model) == {"second_norm"}
        assert strength(model, "second_norm") == pytest.approx(0.1)


def test_what_layers_choose_is_a_layer_that_makes_channels():
    with pytest.raises(InvalidInputError, match="Did you mean 'first'"):
        tfprune.penalize_scales(two_layers(), strength=0.1, layers="firsts")


def test_a_scale_with_a_regularizer_is_refused():
    model = two_layers()
    config = model.get_config()
    for layer in config["layers"]:
        if layer["name"] == "second_norm":
            layer["config"]["gamma_regularizer"] = "l2"
    model = keras.Model.from_config(config)
    with pytest.raises(
        InvalidInputError, match="scale of 'second_norm' has a L2 already"
    ) as caught:
        tfprune.penalize_scales(model, strength=0.1)
    assert "\n" not in str(caught.value)
    model = tfprune.penalize_scales(model, strength=0.1, layers="first")
    assert isinstance(
        model.get_layer("second_norm").gamma.regularizer, keras.regularizers.L2
    )
    assert strength(model, "first_norm") == pytest.approx(0.1)


def test_a_scale_that_does_not_train_is_left_alone():
    model = two_layers()
    model.get_layer("first_norm").trainable = False
    penalized = tfprune.penalize_scales(model, strength=0.1)
    assert penalized_layers(penalized) == {"second_norm"}
    with pytest.raises(
        InvalidInputError, match="'gamma' of 'first_norm' is not trainable"
    ):
        tfprune.penalize_scales(model, strength=0.1, layers="first")


@pytest.mark.parametrize(
    "statistic",
    [layers.LayerNormalization, lambda: layers.GroupNormalization(2)],
)
def test_channels_that_a_statistic_needs_are_left_alone(statistic):
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(6, 3, name="first")(inputs)
    x = statistic()(layers.BatchNormalization(name="first_norm")(x))
    x = layers.Conv2D(4, 3, name="second")(layers.ReLU()(x))
    x = layers.ReLU()(layers.BatchNormalization(name="second_norm")(x))
    x = layers.Dense(2, name="out")(layers.GlobalAveragePooling2D()(x))
    model = keras.Model(inputs, x)
    before = model.get_weights()
    penalized = tfprune.penalize_scales(model, strength=0.1)
    assert penalized_layers(penalized) == {"second_norm"}
    for old, new in zip(before, penalized.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    for name, reason in (
        ("first", "is needed still, by a statistic"),
        ("out", "frozen by .out.: model output"),
    ):
        with pytest.raises(InvalidInputError, match=reason):
            tfprune.penalize_scales(model, strength=0.1, layers=f"^{name}$")


def test_channels_without_scales_are_refused_when_named():
    with pytest.raises(InvalidInputError, match="no batch normalization scal"):
        tfprune.penalize_scales(
            models.get("lenet_5")(), strength=0.1, layers="conv1"
        )


def test_tied_channels_are_refused_when_named_alone():
    model = models.get("resnet_20")(input_shape=(16, 16, 3))
    name = model.layers[1].name
    with pytest.raises(InvalidInputError, match="takes tied_groups=True"):
        tfprune.penalize_scales(model, strength=0.1, layers=f"^{name}$")


def test_a_last_living_channel_is_penalized():
    model = two_layers()
    set_weight(model.get_layer("first_norm"), "gamma", slice(1, None), 0.0)
    model = tfprune.penalize_scales(model, strength=0.1)
    assert penalized_layers(model) == {"first_norm", "second_norm"}


def test_a_model_without_batch_normalization_is_refused():
    with pytest.raises(InvalidInputError, match="no batch normalization"):
        tfprune.penalize_scales(models.get("lenet_5")(), strength=0.1)
