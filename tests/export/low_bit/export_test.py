"""What a user gets who exports layers of few bits."""

import dataclasses
import json

import keras
import numpy as np
import pytest

from tests.export.low_bit.networks import build, shaken
from tfprune.errors import (
    InvalidInputError,
    UnsuitableModelError,
    VerificationError,
)
from tfprune.export import (
    LowBit,
    export_tflite,
    find_low_bit_layers,
    read_tflite,
)
from tfprune.export.low_bit.trained_layers import low_bit_layers
from tfprune.layers import (
    QuantConv2D,
    QuantConv2DTranspose,
    QuantDense,
    QuantDepthwiseConv2D,
    QuantSimpleRNN,
    presets,
)


@pytest.fixture(scope="module")
def model():
    return build("binary_dense")


@pytest.fixture
def dense_of():
    def make(units=32, **settings):
        inputs = keras.Input((64,))
        outputs = QuantDense(units, name="few", **settings)(inputs)
        return keras.Model(inputs, keras.layers.Dense(3)(outputs))

    return make


def test_packs_by_default_and_says_so(model, packed, tmp_path):
    path = tmp_path / "m.tflite"
    report = export_tflite(model, path)
    assert report.quantization == "low_bit"
    assert path.read_bytes() == packed("binary_dense").path.read_bytes()
    kernels = report.low_bit.kernels
    assert [x.dtype for x in kernels] == ["int4"] * 4
    assert [x.in_integers for x in kernels] == [False, True, True, False]
    # A normalization that is flat leaves zeros of the scores.
    assert [x.is_binary for x in kernels] == [False, True, True, False]
    assert report.low_bit.float_bytes == 8 * report.low_bit.num_bytes
    assert report.low_bit.left_float == ()
    assert "Weights of few bits" in str(report)
    assert json.loads(report.to_json()) == report.as_dict()
    names = low_bit_layers(model)
    assert names == ("fc1", "fc2", "fc3", "scores")
    for name, kernel in zip(names[:3], kernels, strict=False):
        assert name in kernel.layer


def test_layers_take_an_eighth_of_their_bytes(tmp_path):
    inputs = keras.Input((512,))
    x = inputs
    for _ in range(2):
        x = QuantDense(512, use_bias=False, **presets.bnn())(x)
        x = keras.layers.BatchNormalization()(x)
    model = shaken(keras.Model(inputs, x), ties=False)
    sizes = {}
    for quantize in (None, "float32"):
        path = tmp_path / f"{quantize}.tflite"
        export_tflite(model, path, quantize=quantize)
        sizes[quantize] = path.stat().st_size
    assert sizes[None] * 7.5 <= sizes["float32"]


def test_sums_on_a_threshold_are_told_as_keras_does(tmp_path):
    inputs = keras.Input((64,))
    x = inputs
    for _ in range(2):
        x = QuantDense(64, use_bias=False, **presets.bnn())(x)
        x = keras.layers.BatchNormalization()(x)
    model = keras.Model(inputs, x)
    # Without training, thresholds are at zero, and so are many sums.
    report = export_tflite(model, tmp_path / "m.tflite")
    assert report.max_abs_error == 0


def test_floats_for_who_asks_for_them(dense_of, tmp_path):
    path = tmp_path / "m.tflite"
    report = export_tflite(
        dense_of(kernel_quantizer="sign"), path, quantize="float32"
    )
    assert report.low_bit is None
    assert report.warnings == ()
    assert find_low_bit_layers(path) == ()
    # The file holds the whole numbers still.
    packed = export_tflite(path, tmp_path / "p.tflite", quantize="low_bit")
    assert len(packed.low_bit.kernels) == 1
    again = export_tflite(tmp_path / "p.tflite", tmp_path / "q.tflite")
    assert again.quantization == "numbers as they were"
    assert find_low_bit_layers(tmp_path / "q.tflite")[0].dtype == "INT4"


def test_models_without_such_layers_stay_float(toy, tmp_path):
    report = export_tflite(toy, tmp_path / "m.tflite")
    assert report.quantization == "float32"
    assert report.low_bit is None


def test_fake_quantization_has_its_own_way(dense_of):
    assert low_bit_layers(dense_of(**presets.integer(4))) == ()
    assert low_bit_layers(dense_of(**presets.qnn())) == ("few",)
    assert low_bit_layers(dense_of(input_quantizer="sign")) == ()


def test_tells_what_is_on_no_grid(dense_of, tmp_path):
    model = dense_of(**presets.qnn(5, logarithmic=True))
    report = export_tflite(model, tmp_path / "m.tflite")
    assert report.low_bit.left_float == ("few",)
    (warning,) = [x for x in report.warnings if "few bits" in x]
    assert warning.endswith("model runs: few.")


def test_tells_it_beside_a_layer_that_is_called_often(tmp_path):
    inputs = keras.Input((64,))
    shared = QuantDense(64, name="shared", **presets.bnn())
    x = QuantDense(64, name="first", kernel_quantizer="sign")(inputs)
    for _ in range(3):
        x = keras.layers.BatchNormalization()(shared(x))
    x = QuantDense(40, name="few", **presets.qnn(5, 4, logarithmic=True))(x)
    model = keras.Model(inputs, keras.layers.Dense(3)(x))
    report = export_tflite(model, tmp_path / "m.tflite")
    assert len(find_low_bit_layers(tmp_path / "m.tflite")) == 4
    assert report.low_bit.left_float == ("few",)


def test_tells_layers_of_one_name_by_their_paths(tmp_path):
    def block(name, **settings):
        inputs = keras.Input((64,))
        outputs = QuantDense(64, name="few", **settings)(inputs)
        return keras.Model(inputs, outputs, name=name)

    inputs = keras.Input((64,))
    x = block("one", kernel_quantizer="ternary")(inputs)
    x = block("two", **presets.qnn(5, logarithmic=True))(x)
    model = keras.Model(inputs, keras.layers.Dense(3)(x))
    assert low_bit_layers(model) == ("one/few", "two/few")
    report = export_tflite(model, tmp_path / "m.tflite")
    assert report.low_bit.left_float == ("two/few",)


@pytest.mark.parametrize("quantize", ["low_bit", "int8"])
def test_a_file_tells_the_layers_of_keras(tmp_path, quantize):
    keras.utils.set_random_seed(5)
    block = keras.Sequential(
        [
            keras.Input((6, 6, 16)),
            QuantConv2D(16, 1, name="deep", **presets.bnn()),
            keras.layers.BatchNormalization(name="conv_normalization"),
        ],
        name="block",
    )
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(16, 1, name="real")(inputs)
    x = QuantConv2D(16, 3, name="convolution", **presets.bnn())(x)
    x = block(x)
    depthwise = {"input_quantizer": "sign", "kernel_quantizer": "sign"}
    x = QuantDepthwiseConv2D(3, name="MatMul", **depthwise)(x)
    x = QuantConv2DTranspose(16, 3, name="up", **presets.bnn())(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    outputs = keras.layers.Dense(3, name="scores")(x)
    path = tmp_path / "m.tflite"
    data = np.random.default_rng(0).normal(size=(64, 8, 8, 3)).astype("f4")
    export_tflite(
        keras.Model(inputs, outputs),
        path,
        quantize=quantize,
        representative_data=data,
    )
    found = [x.layer for x in find_low_bit_layers(path)]
    assert found == ["convolution", "block/deep", "MatMul", "up"]


def test_an_output_has_a_name_of_its_own(tmp_path):
    inputs = keras.Input((64,))
    outputs = QuantDense(32, name="few", **presets.bnn())(inputs)
    path = tmp_path / "m.tflite"
    export_tflite(keras.Model(inputs, outputs), path)
    (found,) = find_low_bit_layers(path)
    # That of the weights still tells.
    assert (found.name, found.layer) == ("few", "few")
    assert dataclasses.replace(found, paths=("few",)).layer is None


def test_factors_of_rows_are_no_scales_of_filters(tmp_path):
    inputs = keras.Input((12, 12, 4))
    x = QuantConv2D(12, 3, padding="same", kernel_quantizer="sign")(inputs)
    rows = np.arange(1, 13, dtype="f4").reshape(12, 1)
    x = keras.layers.Flatten()(x * rows)
    model = keras.Model(inputs, keras.layers.Dense(3)(x))
    path = tmp_path / "m.tflite"
    export_tflite(model, path)
    (layer,) = find_low_bit_layers(path)
    assert layer.scales.tolist() == [1.0]


@pytest.mark.parametrize("bits, dtype", [(2, "int4"), (4, "int8"), (8, None)])
def test_levels_without_a_zero_take_twice_the_steps(
    bits, dtype, dense_of, tmp_path
):
    model = dense_of(**presets.dorefa(bits, 32))
    report = export_tflite(model, tmp_path / "m.tflite")
    assert [x.dtype for x in report.low_bit.kernels] == [dtype] * bool(dtype)
    told = [x for x in report.warnings if "127 steps either side" in x]
    assert len(told) == (dtype is None)


@pytest.mark.parametrize(
    "target, dtype",
    [
        ("litert", "int4"),
        ("gpu", "int8"),
        ("tflite-2.14", "int8"),
        ("tflite-2.7", "int8"),
    ],
)
def test_types_that_targets_read(model, tmp_path, target, dtype):
    path = tmp_path / "m.tflite"
    for quantize in (None, "low_bit"):
        report = export_tflite(model, path, quantize=quantize, target=target)
        assert {x.dtype for x in report.low_bit.kernels} == {dtype}
    if dtype == "int8":
        assert report.min_runtime < "2.7"


def test_refuses_what_a_target_does_not_read(model, tmp_path):
    path = tmp_path / "m.tflite"
    with pytest.raises(UnsuitableModelError):
        export_tflite(model, path, quantize=LowBit("int4"), target="tflite-2.7")
    assert not path.exists()


def test_refuses_an_unknown_type():
    with pytest.raises(InvalidInputError, match="Unknown type of weights"):
        LowBit("int3")


def test_refuses_scores_that_are_no_numbers(tmp_path):
    model = build("binary_dense")
    model.get_layer("predictions").gamma.assign(np.full(10, np.nan))
    with pytest.raises(VerificationError, match="NaN"):
        export_tflite(model, tmp_path / "m.tflite")


@pytest.mark.parametrize("kind", ["ternary", "magnitude_aware_sign"])
def test_filters_of_zeros(kind, tmp_path):
    inputs = keras.Input((64,))
    layer = QuantDense(8, kernel_quantizer=kind, input_quantizer="sign")
    hidden = keras.layers.BatchNormalization()(layer(inputs))
    outputs = QuantDense(3, input_quantizer="sign")(hidden)
    model = keras.Model(inputs, outputs)
    kernel = np.array(layer.kernel)
    kernel[:, ::2] = 0
    layer.kernel.assign(kernel)
    report = export_tflite(model, tmp_path / "m.tflite")
    assert report.max_abs_error < 1e-6
    assert report.low_bit.kernels[0].num_weights < 64 * 8


def test_a_file_is_found_again_by_its_path_or_its_model(packed):
    path = packed("binary").path
    found = find_low_bit_layers(path)
    same = find_low_bit_layers(read_tflite(path))
    assert [x.name for x in found] == [x.name for x in same]
    assert [x.position for x in found] == [x.position for x in same]


def test_weights_of_many_steps_count_once(tmp_path):
    inputs = keras.Input((4, 32))
    layer = QuantSimpleRNN(
        32, kernel_quantizer="ternary", recurrent_quantizer="sign", unroll=True
    )
    model = keras.Model(inputs, keras.layers.Dense(3)(layer(inputs)))
    report = export_tflite(model, tmp_path / "m.tflite")
    assert [x.num_weights for x in report.low_bit.kernels] == [32 * 32] * 2
    assert report.low_bit.left_float == ()
    assert len(find_low_bit_layers(tmp_path / "m.tflite")) > 2


def test_sums_between_two_levels_go_to_either(tmp_path):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((512,))
    x = keras.layers.Dense(512)(inputs)
    for _ in range(3):
        x = QuantDense(512, **presets.dorefa(8, 8))(x)
        x = keras.layers.BatchNormalization()(x)
    model = keras.Model(inputs, QuantDense(10, **presets.dorefa(8, 8))(x))
    data = np.random.default_rng(0).normal(0.5, 1, (64, 512))
    report = export_tflite(
        model, tmp_path / "m.tflite", verify_data=data.astype("float32")
    )
    (output,) = report.verification.outputs
    # More than another order of the sums would bring about.
    assert 1e-4 < output.relative_error < 0.02
    assert output.allowed_error < 0.1


def test_sums_of_signs_have_no_such_allowance(tmp_path):
    report = export_tflite(build("binary_dense"), tmp_path / "m.tflite")
    assert all(x.allowed_error < 1e-3 for x in report.verification.outputs)
