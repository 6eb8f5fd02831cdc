"""Layers of few bits among layers of other precision."""

import numpy as np
import pytest

from tests.export.binary_network import binary_network
from tfprune.errors import InvalidInputError
from tfprune.export import (
    export_tflite,
    quantization_report,
    read_tflite,
)


@pytest.fixture(scope="module")
def binary():
    return binary_network()


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).normal(size=(60, 8, 8, 3)).astype("f4")


def layers_of(path):
    """What each layer of a file reads, weighs by and puts out."""
    return [
        (x.inputs[0].dtype, x.inputs[1].dtype, x.outputs[0].dtype)
        for x in read_tflite(path).operators
        if x.name in ("CONV_2D", "FULLY_CONNECTED")
    ]


def test_int8_everywhere_is_int8(binary, images, tmp_path):
    paths = [tmp_path / "recipe.tflite", tmp_path / "int8.tflite"]
    for path, quantize in zip(paths, ({"*": "int8"}, "int8"), strict=True):
        export_tflite(
            binary,
            path,
            quantize=quantize,
            verify_data=images,
            representative_data=images,
        )
    assert layers_of(paths[0]) == [("INT8", "INT8", "INT8")] * 4
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_layer_in_floats(binary, images, tmp_path):
    path = tmp_path / "m.tflite"
    report = export_tflite(
        binary,
        path,
        quantize={"*": "int8", "first": "float32", "second": "float32"},
        representative_data=images,
    )
    assert report.quantization == "recipe"
    first, *others = layers_of(path)
    assert first == ("FLOAT32", "FLOAT32", "FLOAT32")
    assert others == [("INT8", "INT8", "INT8")] * 3
    # Nothing is rounded before the signs, so they are those of Keras.
    assert report.relative_error < 0.05


def test_a_report_measures_what_is_rounded(binary, images):
    report = quantization_report(binary, "int8", images, num_samples=4)
    names = [x.name.split("/")[1] for x in report.layers if "/" in x.name]
    assert "first" in names and "second" not in names


def test_refuses_low_bit_for_single_layers(binary, images, tmp_path):
    expected = "Received: 'low_bit' for 'second', which is for whole models"
    with pytest.raises(InvalidInputError, match=expected):
        export_tflite(
            binary,
            tmp_path / "m.tflite",
            quantize={"*": "int8", "second": "low_bit"},
            representative_data=images,
        )


def test_a_limit_of_accuracy_leaves_them_integers(binary, images, tmp_path):
    path = tmp_path / "m.tflite"
    report = export_tflite(
        binary,
        path,
        quantize="int8",
        representative_data=images,
        max_accuracy_drop=0.0,
        labelled_data=(images, np.asarray(binary(images)).argmax(axis=1)),
    )
    assert report.warnings[0].startswith(
        "To keep the accuracy, 1 operators stay float32: net/first/"
    )
    first, *others = layers_of(path)
    assert first == ("FLOAT32", "FLOAT32", "FLOAT32")
    assert others == [("INT8", "INT8", "INT8")] * 3
    assert report.agreement == 1
