"""Quantization modes that models were trained for."""

import keras
import numpy as np
import pytest
from keras import layers

import tfprune
from tfprune.errors import InvalidInputError
from tfprune.export import export_tflite, read_tflite


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


def test_floats_of_trained_ranges(aware, images, tmp_path):
    path = tmp_path / "m.tflite"
    report = export_tflite(
        aware(), path, quantize="float32", verify_data=images
    )
    assert report.quantization == "float32"
    assert weight_types(path) == ["FLOAT32", "FLOAT32"]
    expected = "of 4 bits, which .*'float32'. Export it with quantize='int8'"
    with pytest.raises(InvalidInputError, match=expected):
        export_tflite(aware(4), tmp_path / "n.tflite", quantize="float32")
    assert not (tmp_path / "n.tflite").exists()
