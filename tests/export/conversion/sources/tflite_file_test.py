""".tflite files as sources."""

import numpy as np
import pytest
import tensorflow as tf

from tests.export.networks import NETWORKS
from tfprune.errors import InvalidInputError
from tfprune.export import (
    evaluate_tflite,
    export_tflite,
    read_tflite,
    serialize,
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "m.tflite"


@pytest.mark.parametrize("mode", ["float32", "dynamic", "int8"])
def test_numbers_stay_as_they_are(exported, path, mode):
    found = exported("residual", mode)
    report = export_tflite(found.path, path, verify_data=found.data)
    assert report.quantization == "numbers as they were"
    assert report.verification.reference == "the file as it was"
    np.testing.assert_array_equal(
        evaluate_tflite(path, found.data),
        evaluate_tflite(found.path, found.data),
    )


@pytest.mark.parametrize("mode", ["float16", "int8"])
def test_float_file_is_quantized(exported, path, mode):
    found = exported("several_ends")
    report = export_tflite(
        found.path, path, quantize=mode, representative_data=found.data
    )
    assert report.quantization == mode
    assert [x.name for x in report.inputs] == ["right", "left"]
    assert report.num_bytes < 0.8 * found.report.num_bytes
    data = NETWORKS["several_ends"].sample(np.random.default_rng(9), 24)
    received = evaluate_tflite(path, data)
    for wanted, values in zip(
        found.model.predict(data, verbose=0), received, strict=True
    ):
        error = np.sqrt(np.mean((values - wanted) ** 2)) / wanted.std()
        assert error < 0.15


def test_quantized_file_is_not_quantized_again(exported, path):
    found = exported("residual", "int8")
    with pytest.raises(InvalidInputError, match="quantized already"):
        export_tflite(
            found.path, path, quantize="dynamic", verify_data=found.data
        )
    assert not path.exists()


def test_open_batch_becomes_one(tmp_path, path):
    function = tf.function(tf.nn.relu).get_concrete_function(
        tf.TensorSpec((None, 4), name="x")
    )
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function])
    (tmp_path / "open.tflite").write_bytes(converter.convert())
    before = read_tflite(tmp_path / "open.tflite")
    assert before.main.inputs[0].shape_signature == (-1, 4)
    assert not before.signatures
    export_tflite(tmp_path / "open.tflite", path)
    found = read_tflite(path)
    assert found.main.inputs[0].shape == (1, 4)
    assert found.main.inputs[0].shape_signature is None
    assert found.signatures[0].key == "serving_default"


def test_other_open_sizes(tmp_path, path):
    function = tf.function(tf.nn.relu).get_concrete_function(
        tf.TensorSpec((None, None, 4), name="x")
    )
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function])
    (tmp_path / "open.tflite").write_bytes(converter.convert())
    with pytest.raises(InvalidInputError, match="with open sizes"):
        export_tflite(tmp_path / "open.tflite", path)


def test_signature_must_be_there(exported, path):
    found = exported("residual")
    report = export_tflite(found.path, path, signature="serving_default")
    assert report.relative_error == 0
    with pytest.raises(InvalidInputError, match="Did you mean 'serving_def"):
        export_tflite(found.path, path, signature="serving_defualt")


def test_operator_that_is_not_installed(exported, tmp_path, path):
    model = read_tflite(exported("residual").path)
    operator = model.main.operators[-1]
    operator.name, operator.is_custom = "SomebodysSoftmax", True
    operator.options, operator.options_type = None, 0
    (tmp_path / "custom.tflite").write_bytes(serialize(model))
    report = export_tflite(tmp_path / "custom.tflite", path)
    assert report.verification.num_samples == 0
    assert "Not verified" in report.warnings[-1]
    assert "SomebodysSoftmax" in report.warnings[-1]
