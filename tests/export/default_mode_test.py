"""Quantization modes that models were trained for."""

import keras
import numpy as np
import pytest
import tensorflow
from keras import layers
from numpy.lib.stride_tricks import sliding_window_view

import tfprune
from tests.export.binary_network import binary_network
from tfprune.errors import InvalidInputError
from tfprune.export import evaluate_tflite, export_tflite, read_tflite
from tfprune.layers import QuantConv2D, presets
from tfprune.quantizers import MovingFakeQuant


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).normal(size=(60, 8, 8, 3)).astype("f4")


@pytest.fixture(scope="module")
def aware(images):
    """A function that trains a small classifier as integers compute."""
    keras.utils.set_random_seed(1)
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(6, 3, activation="relu", name="first")(inputs)
    outputs = layers.Dense(4, name="last")(layers.Flatten()(x))
    model = keras.Model(inputs, outputs, name="net")
    done = {}

    def get(bits=8, chosen=None):
        if (bits, chosen) not in done:
            done[bits, chosen] = tfprune.quantize_aware(
                model,
                representative_data=images,
                weight_bits=bits,
                layers=chosen,
            )
        return done[bits, chosen]

    return get


def weight_types(path):
    """Types of the kernels of a file, in order."""
    return [
        x.inputs[1].dtype
        for x in read_tflite(path).operators
        if x.name in ("CONV_2D", "FULLY_CONNECTED")
    ]


@pytest.mark.parametrize("bits", [8, 4])
def test_trained_ranges_become_integers(aware, images, tmp_path, bits):
    paths = [tmp_path / "default.tflite", tmp_path / "int8.tflite"]
    report = export_tflite(aware(bits), paths[0], verify_data=images)
    export_tflite(aware(bits), paths[1], quantize="int8")
    assert (report.quantization, report.warnings) == ("int8", ())
    assert weight_types(paths[0]) == [f"INT{bits}"] * 2
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_layers_without_ranges_stay_float(aware, images, tmp_path):
    path = tmp_path / "m.tflite"
    model = aware(chosen="first")
    for settings in ({}, {"quantize": "int8"}):
        report = export_tflite(
            model, path, representative_data=images, **settings
        )
        assert report.quantization == "int8"
        assert report.calibration_samples == 0
        assert weight_types(path) == ["INT8", "FLOAT32"]
        (warning,) = [x for x in report.warnings if "float32" in x]
        assert "FULLY_CONNECTED" in warning


@pytest.mark.parametrize("bits", [8, 4])
def test_floats_of_trained_ranges(aware, images, tmp_path, bits):
    path = tmp_path / "m.tflite"
    model = aware(bits)
    report = export_tflite(model, path, quantize="float32", verify_data=images)
    assert report.quantization == "float32"
    assert weight_types(path) == ["FLOAT32", "FLOAT32"]
    assert_close(evaluate_tflite(path, images), model.predict(images))
    # Its ranges still become integers.
    export_tflite(model, path, verify_data=images)
    assert weight_types(path) == [f"INT{bits}"] * 2


@pytest.mark.parametrize("bits", [2, 4, 6])
def test_floats_of_ranges_of_few_bits(images, tmp_path, bits):
    keras.utils.set_random_seed(4)
    ranges = {
        "input_quantizer": MovingFakeQuant(bits),
        "kernel_quantizer": MovingFakeQuant(
            bits, symmetric=True, per_channel=True
        ),
    }
    layer = QuantConv2D(6, 3, use_bias=False, **ranges)
    model = keras.Sequential([keras.Input((8, 8, 3)), layer])
    model(images, training=True)
    path = tmp_path / "m.tflite"
    export_tflite(model, path, quantize="float32", verify_data=images)
    inputs, kernel = (
        grid.real(grid.whole(numbers))
        for grid, numbers in (
            (layer.input_quantizer.grid(), images),
            (layer.kernel_quantizer.grid(), np.asarray(layer.kernel)),
        )
    )
    windows = sliding_window_view(inputs, (3, 3), axis=(1, 2))
    expected = np.einsum("nijchw,hwco->nijo", windows, kernel)
    assert_close(evaluate_tflite(path, images), expected)
    assert len(np.unique(kernel[..., 0])) <= 2**bits - 1
    if bits != 4:
        with pytest.raises(
            InvalidInputError, match=f"of {bits} bits. Expected 8, and 4 for"
        ):
            export_tflite(model, path)


def assert_close(received, expected):
    """Asserts that outputs differ by no step of a range."""
    np.testing.assert_allclose(received, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "bits, quantize",
    [
        (8, "float16"),
        (8, "dynamic"),
        (8, "int4"),
        (8, "int16x8"),
        (8, "low_bit"),
        (8, {"*": "int8", "last": "float32"}),
        (4, "float16"),
        (4, "dynamic"),
    ],
)
def test_no_other_mode_keeps_trained_ranges(aware, tmp_path, bits, quantize):
    with pytest.raises(InvalidInputError) as caught:
        export_tflite(aware(bits), tmp_path / "m.tflite", quantize=quantize)
    name, advice = quantize, "Leave `quantize` out, or"
    if isinstance(quantize, dict):
        name = "recipe"
        advice = (
            "Leave layers float by `layers=` of tfprune.quantize_aware, which "
            "names the others, and leave `quantize` out; or"
        )
    assert str(caught.value) == (
        f"Model 'net' was trained with fake quantization of {found_bits(bits)} "
        "bits. Expected quantize='int8', which stores its ranges. Received: "
        f"'{name}'. {advice} export the model as it was before that training."
    )
    assert list(tmp_path.iterdir()) == []


def found_bits(weight_bits):
    """Bits of a model; its activations have 8."""
    return " and ".join(map(str, sorted({weight_bits, 8})))


def test_four_trained_bits_are_int4(aware, images, tmp_path):
    path = tmp_path / "m.tflite"
    report = export_tflite(aware(4), path, quantize="int4", verify_data=images)
    assert (report.quantization, report.warnings) == ("int4", ())
    assert weight_types(path) == ["INT4", "INT4"]


@pytest.mark.parametrize("quantize", ["int4", "int16x8"])
def test_tells_why_signs_are_no_integers(images, tmp_path, quantize):
    expected = "GREATER_EQUAL makes the signs .* quantize='int8' or 'low_bit'"
    with pytest.raises(InvalidInputError, match=expected):
        export_tflite(
            binary_network(),
            tmp_path / "m.tflite",
            quantize=quantize,
            representative_data=images,
        )


@pytest.mark.parametrize("bits", [8, 4])
def test_ranges_and_few_bits_in_one_model(images, tmp_path, bits):
    keras.utils.set_random_seed(3)
    inputs = keras.Input((8, 8, 3))
    x = QuantConv2D(8, 3, name="ranged", **presets.integer(bits))(inputs)
    for number in range(4):
        x = QuantConv2D(8, 1, name=f"few_{number}", **presets.bnn())(x)
    outputs = layers.Dense(4)(layers.Flatten()(x))
    model = keras.Model(inputs, outputs, name="net")
    model.compile("sgd", "mse")
    model.fit(images, np.zeros((60, 4)), verbose=0)
    path = tmp_path / "m.tflite"
    for quantize in (None, "int8", "low_bit", "dynamic"):
        with pytest.raises(InvalidInputError) as caught:
            export_tflite(model, path, quantize=quantize)
        message = str(caught.value)
        assert message.startswith(
            "Model 'net' has layers of few bits (few_0, few_1, few_2, ...) "
            "and layers trained with fake quantization (ranged), which no "
        )
        assert " Use float32, or train all of them in one way." in message
        assert not path.exists()
    report = export_tflite(model, path, quantize="float32", verify_data=images)
    assert report.quantization == "float32"


@pytest.mark.parametrize("bits", [8, 4])
def test_floats_of_ranges_in_a_function(images, tmp_path, bits):
    quantize = tensorflow.function(
        lambda x: tensorflow.quantization.fake_quant_with_min_max_args(
            x, 0, 4, num_bits=bits
        ),
        input_signature=[tensorflow.TensorSpec((None, 8, 8, 3))],
    ).get_concrete_function()
    path = tmp_path / "m.tflite"
    settings = {"quantize": "float32", "verify_data": images}
    if bits == 8:
        export_tflite(quantize, path, **settings)
        expected = quantize(tensorflow.constant(images))
        assert_close(evaluate_tflite(path, images), expected)
        return
    # LiteRT has no operator for it, and there is no model to trace again.
    with pytest.raises(InvalidInputError, match="Received: 'float32'"):
        export_tflite(quantize, path, **settings)


class Rounding(keras.layers.Layer):
    """Fake quantization that is none of tfprune's."""

    def call(self, inputs):
        return tensorflow.quantization.fake_quant_with_min_max_args(
            inputs, 0, 4, num_bits=6
        )

    def compute_output_shape(self, input_shape):
        return input_shape


@pytest.mark.parametrize("quantize", [None, "float32"])
def test_ranges_of_others_cannot_be_computed(tmp_path, quantize):
    model = keras.Sequential([keras.Input((8, 8, 3)), Rounding()])
    with pytest.raises(InvalidInputError, match="of 6 bits") as raised:
        export_tflite(model, tmp_path / "m.tflite", quantize=quantize)
    assert str(raised.value).endswith("Train it so.")
