"""Biases, which files hold as whole numbers of 32 bits."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import tfprune
from tests.quantization.exported import export, scale_of, steps_apart
from tests.quantization.networks import (
    images,
    over_time,
    residual,
    with_biases,
)
from tfprune.export import evaluate_tflite
from tfprune.layers import (
    QuantConv2D,
    QuantDense,
    QuantSeparableConv2D,
    presets,
)
from tfprune.quantizers import FixedFakeQuant, MovingFakeQuant

PRODUCTS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")


def rounded(bias, scale):
    return np.rint(np.asarray(bias) / scale) * scale


@pytest.mark.parametrize("build", [residual, over_time])
def test_the_file_holds_what_training_adds(build, tmp_path):
    x = images()
    aware = tfprune.quantize_aware(with_biases(build()), representative_data=x)
    flatbuffer, _ = export(aware, tmp_path, x)
    found = [o for o in flatbuffer.main.operators if o.name in PRODUCTS]
    trained = [o for o in aware.layers if getattr(o, "use_bias", False)]
    assert len(found) == len(trained) > 3
    for operator, layer in zip(found, trained, strict=True):
        entering, kernel, bias = operator.inputs
        scale = np.multiply(*map(scale_of, (entering, kernel)))
        np.testing.assert_allclose(scale_of(bias), scale, rtol=1e-6)
        whole = np.frombuffer(bytes(bias.data), "int32")
        assert np.abs(whole - np.asarray(layer.bias) / scale).max() <= 0.51
        nothing = np.zeros((1, *layer.input[0].shape[1:]))
        outputs = np.asarray(layer(nothing, one_scale(entering)))
        expected = whole * scale
        if layer.activation is keras.activations.relu:
            expected = np.maximum(expected, 0)
        np.testing.assert_allclose(
            outputs.reshape(-1, len(whole))[0], expected, rtol=1e-5
        )


def one_scale(tensor):
    (scale,) = scale_of(tensor)
    return ops.convert_to_tensor(scale, "float32")


def test_a_layer_of_two_inputs_has_two_biases(tmp_path):
    inputs = keras.Input((4,))
    shared = layers.Dense(4, name="shared")
    outputs = shared(inputs=10 * ops.tanh(shared(inputs)))
    model = with_biases(keras.Model(inputs, outputs))
    x = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
    aware = tfprune.quantize_aware(model, representative_data=x)
    flatbuffer, _ = export(aware, tmp_path, x)
    biases = [
        operator.inputs[2]
        for operator in flatbuffer.main.operators
        if operator.name == "FULLY_CONNECTED"
    ]
    assert len(biases) == 2
    assert scale_of(biases[0]) != scale_of(biases[1])
    assert steps_apart(aware, tmp_path, x).max() < 0.01


def test_layers_with_ranges_of_their_own_round_their_bias():
    keras.utils.set_random_seed(1)
    x = np.random.default_rng(0).normal(size=(30, 6)).astype("float32")
    layer = QuantDense(5, bias_initializer="normal", **presets.integer(4))
    layer(x, training=True)
    scale = (
        layer.input_quantizer.grid().scale * layer.kernel_quantizer.grid().scale
    )
    added = layer(np.zeros((1, 6)))[0]
    np.testing.assert_allclose(
        added, rounded(layer.bias, scale), rtol=1e-5, atol=1e-9
    )
    assert np.abs(added - layer.bias).max() > 1e-3 * scale.max()


def test_of_separable_convolutions_the_range_in_between_counts():
    keras.utils.set_random_seed(1)
    layer = QuantSeparableConv2D(
        5, 1, bias_initializer="normal", **presets.integer(4)
    )
    layer(images(), training=True)
    scale = (
        layer.intermediate_quantizer.grid().scale
        * layer.pointwise_quantizer.grid().scale
    )
    added = np.asarray(layer(np.zeros((1, 8, 8, 3))))[0, 0, 0]
    np.testing.assert_allclose(
        added, rounded(layer.bias, scale), rtol=1e-5, atol=1e-9
    )


@pytest.mark.parametrize(
    "settings",
    [
        {"kernel_quantizer": "sign"},
        {"kernel_quantizer": MovingFakeQuant(8, symmetric=True)},
        {
            "input_quantizer": FixedFakeQuant(8),
            "kernel_quantizer": MovingFakeQuant(8, symmetric=True),
            "input_scale": True,
        },
        {
            "input_quantizer": MovingFakeQuant(8, per_channel=True),
            "kernel_quantizer": MovingFakeQuant(8, symmetric=True),
        },
        {
            "input_quantizer": FixedFakeQuant(8),
            "kernel_quantizer": MovingFakeQuant(8),
        },
        {
            "input_quantizer": "sign",
            "kernel_quantizer": MovingFakeQuant(8, symmetric=True),
        },
    ],
)
def test_other_layers_add_it_as_it_is(settings):
    layer = QuantConv2D(4, 1, bias_initializer="normal", **settings)
    layer(images(), training=True)
    layer.kernel.assign(0 * layer.kernel)
    added = np.asarray(layer(0 * images(1)))[0, 0, 0]
    np.testing.assert_array_equal(added, layer.bias)


def test_ranges_of_the_layer_come_before_those_around_it():
    keras.utils.set_random_seed(1)
    layer = QuantDense(5, bias_initializer="normal", **presets.integer(4))
    x = np.random.default_rng(0).normal(size=(30, 6)).astype("float32")
    layer(x, training=True)
    scale = ops.convert_to_tensor(0.5, "float32")
    np.testing.assert_array_equal(layer(x, scale), layer(x))


def test_its_slope_is_one():
    inputs = keras.Input((6,))
    rounded_inputs = FixedFakeQuant(8)(inputs)
    layer = QuantDense(
        5, kernel_quantizer=MovingFakeQuant(8, symmetric=True, momentum=0.0)
    )
    scale = ops.convert_to_tensor(0.5, "float32")
    model = keras.Model(inputs, layer(rounded_inputs, scale))
    model.compile(keras.optimizers.SGD(1.0), lambda y_true, y_pred: y_pred)
    x, y = np.zeros((4, 6)), np.zeros((4, 5))
    before = np.array(layer.bias)
    model.train_on_batch(x, y)
    np.testing.assert_allclose(layer.bias, before - 1 / 5, rtol=1e-6)


def test_what_rounds_to_nothing_is_stripped(tmp_path):
    x = images()
    aware = tfprune.quantize_aware(
        with_biases(residual()), representative_data=x
    )
    last = aware.get_layer("last")
    kernel, bias = np.array(last.kernel), np.array(last.bias)
    kernel[..., :4] = 0
    scale = aware.get_layer("sum_relu_range").grid().scale
    scale = scale * last.kernel_quantizer.grid().scale
    bias[:4] = [*(scale[:3] * [0.4, -0.4, 0]), 0.5]
    last.kernel.assign(kernel)
    last.bias.assign(bias)
    small = tfprune.strip(aware)
    assert small.get_layer("last").filters == 5
    np.testing.assert_allclose(
        np.asarray(small(x)), np.asarray(aware(x)), atol=1e-6
    )
    assert steps_apart(small, tmp_path, x).max() < 0.01


def test_biases_follow_the_channels_that_go():
    x = images()
    aware = tfprune.quantize_aware(
        with_biases(residual()), representative_data=x
    )
    keep = tfprune.keep_mask(aware, criterion="l1_norm", sparsity=0.5)
    small = tfprune.remove_channels(aware, keep)
    masked = tfprune.mask_channels(aware, keep)
    assert small.get_layer("last").filters < 8
    np.testing.assert_allclose(
        np.asarray(small(x)), np.asarray(masked(x)), atol=1e-6
    )


def mixed(kind):
    """A network with a layer of few bits that the user chose."""
    quantized = {
        "binary": lambda: QuantConv2D(
            4, 3, kernel_quantizer="magnitude_aware_sign", name="few"
        ),
        "separable": lambda: QuantSeparableConv2D(
            4, 3, name="few", **presets.integer(8)
        ),
        "integer": lambda: QuantConv2D(
            4, 3, name="few", bias_initializer="normal", **presets.integer(4)
        ),
    }
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, name="first")(inputs)
    x = quantized[kind]()(x)
    x = layers.Dense(3, name="last")(layers.Flatten()(x))
    return keras.Model(inputs, x)


@pytest.mark.parametrize("chosen", ["first", "last"])
@pytest.mark.parametrize("kind", ["binary", "separable", "integer"])
def test_layers_of_few_bits_that_are_left_out_stay_as_they_are(kind, chosen):
    x = images()
    model = with_biases(mixed(kind))
    model(x, training=True)
    aware = tfprune.quantize_aware(
        model, representative_data=x, layers=[chosen]
    )
    old, new = model.get_layer("few"), aware.get_layer("few")
    y = np.random.default_rng(1).normal(size=(2, 6, 6, 4)).astype("float32")
    np.testing.assert_array_equal(new(y), old(y))


def test_one_part_can_follow_another(tmp_path):
    x = images()
    model = with_biases(residual())
    some = tfprune.quantize_aware(model, representative_data=x, layers=["stem"])
    more = tfprune.quantize_aware(some, representative_data=x, layers=["last"])
    at_once = tfprune.quantize_aware(
        model, representative_data=x, layers=["stem", "last"]
    )
    np.testing.assert_allclose(
        np.asarray(more(x)), np.asarray(at_once(x)), atol=0.02
    )
    export(more, tmp_path, x)
    found = evaluate_tflite(tmp_path / "model.tflite", x)
    np.testing.assert_allclose(found, np.asarray(more(x)), atol=1e-5)


class Wider(MovingFakeQuant):
    """A range that the channel graph does not know."""

    def moved(self, old, new):
        return super().moved(old, tuple(2 * x for x in new))


def test_what_depends_on_an_unknown_scale_is_kept():
    keras.utils.set_random_seed(1)
    inputs = keras.Input((8, 8, 3))
    quantizer = Wider(8)
    layer = QuantConv2D(
        6, 3, kernel_quantizer=MovingFakeQuant(8, symmetric=True)
    )
    x = layer(quantizer(inputs), quantizer(inputs, scale_only=True))
    x = layers.Conv2D(3, 3)(x)
    model = keras.Model(inputs, x)
    model(images(), training=True)
    kernel = np.array(layer.kernel)
    kernel[..., :2] = 0
    layer.kernel.assign(kernel)
    layer.bias.assign([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    small = tfprune.strip(model)
    np.testing.assert_allclose(
        np.asarray(small(images())), np.asarray(model(images())), atol=1e-6
    )


@pytest.mark.parametrize("gamma", [1e-6, 1e-8])
def test_filters_that_are_nearly_dead_have_room_for_their_bias(gamma, tmp_path):
    keras.utils.set_random_seed(1)
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, use_bias=False)(inputs)
    normalization = layers.BatchNormalization()
    x = layers.ReLU()(normalization(x))
    x = layers.Dense(3)(layers.Flatten()(x))
    model = keras.Model(inputs, x)
    normalization.gamma.assign([1, gamma, 1, 1])
    normalization.beta.assign([0.3, 0.7, -0.2, 0.1])
    aware = tfprune.quantize_aware(model, representative_data=images())
    error = np.asarray(aware(images())) - np.asarray(model(images()))
    assert np.abs(error).max() < 0.1 * np.asarray(model(images())).std()
    assert steps_apart(aware, tmp_path, images()).max() < 0.01
