"""Biases, which files hold as whole numbers of 32 bits."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import tfprune
from tests.quantization.exported import export, scale_of, steps_apart
from tests.quantization.networks import (
    NETWORKS,
    images,
    over_time,
    residual,
)
from tfprune.layers import (
    QuantConv2D,
    QuantDense,
    QuantSeparableConv2D,
    presets,
)
from tfprune.quantizers import FixedFakeQuant, MovingFakeQuant

PRODUCTS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
# LiteRT's kernels approximate softmax, and round products in few bits.
OF_PRODUCTS_ONLY = sorted(set(NETWORKS) - {"transformer", "gated"})


def with_biases(model, seed=0):
    """A model whose biases are not zero."""
    random = np.random.default_rng(seed)
    for weight in model.trainable_variables:
        if weight.name in ("bias", "beta"):
            weight.assign(random.normal(0, 0.3, weight.shape))
    return model


def rounded(bias, scale):
    return np.rint(np.asarray(bias) / scale) * scale


@pytest.mark.parametrize("build", [residual, over_time])
def test_the_file_holds_what_training_adds(build, tmp_path):
    x = images()
    aware = tfprune.quantize_aware(with_biases(build()), representative_data=x)
    flatbuffer, _ = export(aware, tmp_path, x)
    found = [x for x in flatbuffer.main.operators if x.name in PRODUCTS]
    trained = [x for x in aware.layers if getattr(x, "use_bias", False)]
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


@pytest.mark.parametrize("name", OF_PRODUCTS_ONLY)
def test_outputs_are_those_of_the_file(name, tmp_path):
    keras.utils.set_random_seed(1)
    x = images(60)
    model = with_biases(NETWORKS[name]())
    aware = tfprune.quantize_aware(model, representative_data=x)
    steps = steps_apart(aware, tmp_path, x)
    # Sums of floats end between two steps, once in a while.
    assert (steps > 0.5).mean() <= 0.005
    assert steps.max() <= 1.001


def test_a_layer_of_two_inputs_has_two_biases(tmp_path):
    inputs = keras.Input((4,))
    shared = layers.Dense(4, name="shared")
    outputs = shared(inputs=10 * ops.tanh(shared(inputs)))
    model = with_biases(keras.Model(inputs, outputs))
    x = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
    aware = tfprune.quantize_aware(model, representative_data=x)
    flatbuffer, _ = export(aware, tmp_path, x)
    biases = [
        x.inputs[2]
        for x in flatbuffer.main.operators
        if x.name == "FULLY_CONNECTED"
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
    ],
)
def test_other_layers_add_it_as_it_is(settings):
    layer = QuantConv2D(4, 1, bias_initializer="normal", **settings)
    added = np.asarray(layer(np.zeros((1, 2, 2, 3))))[0, 0, 0]
    np.testing.assert_array_equal(added, layer.bias)


def test_its_slope_is_one():
    inputs = keras.Input((6,))
    x = FixedFakeQuant(8)(inputs)
    layer = QuantDense(
        5, kernel_quantizer=MovingFakeQuant(8, symmetric=True, momentum=0.0)
    )
    scale = ops.convert_to_tensor(0.5, "float32")
    model = keras.Model(inputs, layer(x, scale))
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
    bias[:4] = scale[:4] * [0.4, -0.4, 0, 200]
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
