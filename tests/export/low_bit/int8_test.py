"""int8 throughout, with layers of few bits exact."""

import keras
import numpy as np
import pytest

from tests.export.low_bit.conftest import RESOLVERS, run
from tests.export.low_bit.networks import NETWORKS, build, images
from tfprune.errors import InvalidInputError
from tfprune.export import (
    MODES,
    export_tflite,
    find_low_bit_layers,
    read_tflite,
)
from tfprune.export.default_mode import keeping_low_bits
from tfprune.export.quantization import LowBitInt8
from tfprune.layers import QuantConv2D, QuantDense, presets
from tfprune.quantizers import Sign

# Operators that int8 has none for.
REFUSED = {
    "dorefa": "MINIMUM",
    "logarithmic": "MINIMUM",
    "other_convolutions": "CONV_3D",
}
# Without training, rounding takes all sense from these.
CHAOTIC = {"xnor_scaled"}


@pytest.mark.parametrize("name", ["xnor", "ternary"])
def test_signs_are_those_of_the_rounded_inputs(name, tmp_path):
    model = build(name)
    data = images(np.random.default_rng(0), 60, (8, 8, 4))
    path = tmp_path / "m.tflite"
    report = export_tflite(
        model,
        path,
        quantize="int8",
        representative_data=data,
        input_type="int8",
    )
    assert report.quantization == "int8"
    layers = find_low_bit_layers(path)
    assert all(x.in_integers for x in layers)
    # The first one reads numbers, the last one gives them.
    assert [x.reads_signs for x in layers] == [False, True, True, True, True]
    told = [x.thresholds is not None for x in layers]
    assert told == [True, True, True, True, False]
    assert len(report.low_bit.kernels) == len(layers)
    assert report.low_bit.left_float == ()
    (given,) = read_tflite(path).main.inputs
    stored = np.rint(data / given.scale()) + given.zero_point()
    stored = np.clip(stored, -128, 127).astype("int8")
    real = (stored.astype("f4") - given.zero_point()) * given.scale()
    expected = keras.tree.flatten(model(np.float32(real), training=False))
    scores, signs = map(np.asarray, expected)
    for runtime in RESOLVERS:
        found = run(path, stored, runtime)
        assert np.array_equal(found[1], signs)
        error = np.sqrt(np.mean((found[0] - scores) ** 2))
        # The scores have one scale for all their weights.
        assert error < 0.06 * scores.std()


@pytest.mark.parametrize(
    "name", sorted(set(NETWORKS) - REFUSED.keys() - CHAOTIC)
)
def test_all_of_it_runs_on_the_edge_tpu(name, tmp_path):
    path = tmp_path / "m.tflite"
    model = build(name)
    shape = model.input_shape[1:]
    data = images(np.random.default_rng(0), 60, shape)
    report = export_tflite(
        model, path, target="edgetpu", representative_data=data
    )
    # Its compiler knows no groups.
    assert bool(report.target.refused) == (name == "binary_grouped")
    types = {x.dtype for x in read_tflite(path).tensors}
    assert types == {"INT8", "INT32", "UINT8"}
    assert "taken back" not in str(report)
    assert all(x.dtype == "int8" for x in report.low_bit.kernels)


@pytest.mark.parametrize("name", REFUSED)
def test_names_what_int8_has_no_operator_for(name, tmp_path):
    model = build(name)
    data = images(np.random.default_rng(0), 20, model.input_shape[1:])
    path = tmp_path / "m.tflite"
    with pytest.raises(InvalidInputError, match=REFUSED[name]):
        export_tflite(model, path, quantize="int8", representative_data=data)
    assert not path.exists()


def test_scales_of_inputs_are_integers_too(tmp_path):
    keras.utils.set_random_seed(2)
    inputs = keras.Input((8, 8, 4))
    x = keras.layers.Conv2D(16, 3, padding="same")(inputs)
    outputs = QuantConv2D(16, 3, padding="same", **presets.xnor(True))(x)
    model = keras.Model(inputs, outputs)
    data = images(np.random.default_rng(0), 60, (8, 8, 4))
    path = tmp_path / "m.tflite"
    report = export_tflite(
        model, path, target="edgetpu", representative_data=data
    )
    assert not report.target.refused
    types = {x.dtype for x in read_tflite(path).tensors}
    assert types == {"INT8", "INT32", "UINT8"}
    assert report.verification.outputs[0].relative_error < 0.25


@pytest.mark.parametrize("scale", [1.0, 300.0])
def test_signs_of_real_layers_are_those_of_their_sums(scale, tmp_path):
    keras.utils.set_random_seed(4)
    inputs = keras.Input((64,))
    layer = keras.layers.Dense(48)
    signs = Sign(name="signs")(layer(inputs))
    outputs = QuantDense(5, **presets.bnn())(signs)
    model = keras.Model(inputs, [outputs, signs])
    generator = np.random.default_rng(6)
    bias = scale * generator.normal(size=48)
    layer.bias.assign(bias)
    data = (scale * generator.normal(size=(200, 64))).astype("f4")
    path = tmp_path / "m.tflite"
    export_tflite(
        model,
        path,
        quantize="int8",
        representative_data=data,
        input_type="int8",
    )
    (given,) = read_tflite(path).main.inputs
    stored = np.rint(data / given.scale()) + given.zero_point()
    stored = np.clip(stored, -128, 127).astype("int8")
    real = (stored.astype("f8") - given.zero_point()) * given.scale()
    kernel = np.array(layer.kernel, "f8")
    steps = np.abs(kernel).max(axis=0) / 63
    sums = real @ (np.rint(kernel / steps) * steps) + bias
    is_clear = np.abs(sums) > 1e-5 * scale
    assert is_clear.mean() > 0.99
    for runtime in RESOLVERS:
        found = run(path, stored, runtime)[1]
        assert np.array_equal(found[is_clear], np.sign(sums[is_clear]))
        # Before the sums, only inputs and weights are rounded.
        exact = np.sign(data @ kernel + bias)
        assert np.mean(found != exact) < 0.01


def test_finds_layers_that_read_signs_and_give_numbers(tmp_path):
    keras.utils.set_random_seed(2)
    inputs = keras.Input((8, 8, 4))
    x = keras.layers.Conv2D(16, 3)(inputs)
    sums = QuantConv2D(16, 1, name="few", **presets.xnor())(x)
    outputs = keras.layers.Dense(3)(
        keras.layers.Flatten()(keras.layers.Add()([x, sums]))
    )
    model = keras.Model(inputs, outputs)
    data = images(np.random.default_rng(0), 30, (8, 8, 4))
    path = tmp_path / "m.tflite"
    report = export_tflite(
        model, path, quantize="int8", representative_data=data
    )
    (layer,) = find_low_bit_layers(path)
    kernel = np.array(model.get_layer("few").kernel)
    wanted = np.where(kernel >= 0, 1, -1).transpose(3, 0, 1, 2)
    assert np.array_equal(layer.integers, wanted)
    scales = np.abs(kernel).mean(axis=(0, 1, 2))
    assert np.allclose(layer.scales, scales, rtol=1e-5)
    assert layer.is_binary and layer.in_integers
    assert layer.thresholds is None
    (stored,) = report.low_bit.kernels
    assert stored.is_binary and stored.in_integers


def test_only_int8_of_such_models_is_meant():
    class Some:
        low_bit_layers = ("dense",)

    class No:
        low_bit_layers = ()

    int8, dynamic = MODES.get("int8"), MODES.get("dynamic")
    assert keeping_low_bits(int8, No()) is int8
    assert keeping_low_bits(dynamic, Some()) is dynamic
    kept = keeping_low_bits(int8, Some())
    assert kept == LowBitInt8(int8)
    assert keeping_low_bits(kept, Some()) is kept
