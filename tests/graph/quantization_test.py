"""Pruning of layers of few bits: what is exact, and what is refused."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tests.testing import randomize, set_weight
from tfprune import quantizers
from tfprune.layers import QuantConv2D, QuantDense, presets
from tfprune.surgery import remove_channels


def network(preset, head=None):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((6,))
    x = layers.Dense(8, name="hidden")(inputs)
    x = layers.BatchNormalization(name="bn")(x)
    x = QuantDense(5, name="binary", **preset)(x)
    x = head(x) if head else x
    return randomize(keras.Model(inputs, layers.Dense(3, name="head")(x)))


def keep_first(model, name, count):
    graph = tfprune.trace(model)
    keep = np.ones(int(graph.labels.max()) + 1, bool)
    (group,) = graph.group_of(name)
    keep[group.labels[count:]] = False
    return tfprune.KeepMask.from_labels(graph, keep)


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def test_scales_are_those_of_the_weights_that_stay():
    model = network(presets.bwn())
    small = remove_channels(model, keep_first(model, "hidden", 3))
    latent = array(model.get_layer("binary").kernel)[:3]
    found = array(small.get_layer("binary").quantized_kernel())
    np.testing.assert_allclose(
        found, np.where(latent >= 0, 1, -1) * np.abs(latent).mean(axis=0)
    )


def test_a_multiplier_survives_removal():
    preset = {**presets.binary_connect(), "kernel_quantizer": "linear"}
    model = network(preset)
    factor = np.sqrt((8 + 5) / 1.5)
    small = remove_channels(model, keep_first(model, "hidden", 3))
    config = small.get_layer("binary").get_config()
    np.testing.assert_allclose(
        config["learning_rate_multiplier"]["kernel"], factor
    )
    np.testing.assert_allclose(
        array(small.get_layer("binary").latent_kernel()),
        array(model.get_layer("binary").latent_kernel())[:3],
    )


@pytest.mark.parametrize(
    "preset",
    [presets.bnn(), presets.xnor(True), presets.dorefa(1, 2)],
    ids=["bnn", "xnor", "dorefa"],
)
def test_pruned_networks_train_on_and_save(preset, tmp_path):
    model = network(preset)
    small = tfprune.prune(model, criterion="l1_norm", sparsity=0.5)
    small.compile("adam", "mse")
    x = np.random.default_rng(0).normal(size=(16, 6)).astype("float32")
    small.fit(x, np.zeros((16, 3)), verbose=0)
    small.save(tmp_path / "small.keras")
    loaded = keras.saving.load_model(tmp_path / "small.keras")
    np.testing.assert_array_equal(array(loaded(x)), array(small(x)))
    assert small.count_params() < model.count_params()
    assert tuple(small.get_layer("binary").kernel.shape) < (8, 5)


@pytest.mark.parametrize(
    ("preset", "gone"),
    [
        # The sign of a zero row is a weight like any other.
        ({"kernel_quantizer": "sign"}, 0),
        (presets.bwn(), 0),
        # A sign makes something of a channel that is zero, too.
        ({"input_quantizer": "sign"}, 0),
        ({"kernel_quantizer": "ternary"}, 0),
        ({"kernel_quantizer": "linear"}, 2),
        ({"kernel_quantizer": "linear", "input_quantizer": "linear"}, 2),
    ],
)
def test_strip_takes_zero_channels_only_where_they_are_nothing(preset, gone):
    model = network(preset)
    for name in ("gamma", "beta"):
        set_weight(model.get_layer("bn"), name, slice(6, 8), 0)
    small = tfprune.strip(model)
    assert small.get_layer("hidden").units == 8 - gone


@pytest.mark.parametrize("preset", [presets.bwn(), presets.qnn()])
def test_strip_takes_filters_that_nothing_reads(preset):
    model = network(preset)
    set_weight(model.get_layer("head"), "kernel", slice(3, 5), 0)
    small = tfprune.strip(model)
    assert small.get_layer("binary").units == 3


def test_strip_keeps_filters_that_a_scale_of_the_layer_counts():
    model = network(presets.dorefa(1, 32))
    set_weight(model.get_layer("head"), "kernel", slice(3, 5), 0)
    assert tfprune.strip(model).get_layer("binary").units == 5


def test_strip_takes_dead_filters_of_fake_quantization():
    model = network(presets.integer())
    x = np.random.default_rng(0).normal(size=(16, 6)).astype("float32")
    set_weight(
        model.get_layer("binary"), "kernel", (slice(None), slice(3, 5)), 0
    )
    model(x, training=True)
    small = tfprune.strip(model)
    assert small.get_layer("binary").units == 3


@pytest.mark.parametrize(
    "mixing", [quantizers.Ternary(), quantizers.DoReFaWeights(2)]
)
def test_activations_that_are_mixed_are_not_pruned(mixing):
    model = network(presets.bwn(), head=mixing)
    (group,) = tfprune.trace(model).group_of("binary")
    assert "takes statistics" in str(group.frozen[0])


def test_channels_whose_inputs_have_ranges_each_are_not_pruned():
    ranges = quantizers.MovingFakeQuant(per_channel=True)
    model = network({"input_quantizer": ranges})
    (group,) = tfprune.trace(model).group_of("hidden")
    assert "a range for each channel" in str(group.frozen[0])


def test_what_lost_channels_under_a_mask_is_not_pruned_again():
    model = network(presets.bwn())
    masked = tfprune.mask_channels(model, keep_first(model, "hidden", 3))
    (group,) = tfprune.trace(masked).group_of("hidden")
    assert "lost channels" in str(group.frozen[0])


def test_a_scale_of_the_inputs_is_that_of_the_channels_that_stay():
    inputs = keras.Input((5, 5, 2))
    x = layers.Conv2D(6, 1, name="hidden")(inputs)
    layer = QuantConv2D(4, 3, name="binary", **presets.xnor(True))
    outputs = layers.Flatten()(layer(x))
    model = randomize(keras.Model(inputs, layers.Dense(2)(outputs)))
    small = remove_channels(model, keep_first(model, "hidden", 2))
    image = np.random.default_rng(0).normal(size=(1, 5, 5, 2))
    image = image.astype("float32")
    hidden = array(small.get_layer("hidden")(image))
    copy = small.get_layer("binary")
    kernel = array(copy.quantized_kernel())
    expected = array(
        keras.ops.conv(np.where(hidden >= 0, 1, -1).astype("float32"), kernel)
    ) * array(
        keras.ops.average_pool(np.abs(hidden).mean(-1, keepdims=True), 3, 1)
    )
    expected = expected + array(copy.bias)
    np.testing.assert_allclose(array(copy(hidden)), expected, rtol=1e-4)
