"""Outputs of files for whole data sets."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfprune.errors import InvalidInputError
from tfprune.export import (
    evaluate_tflite,
    export_tflite,
    inspect_tflite,
    read_tflite,
    serialize,
)
from tfprune.export.quiet import quiet_native_logs


@pytest.fixture(scope="module")
def file_of_batch_four(tmp_path_factory):
    """A file that computes four samples at a time, and its function."""
    kernel = np.random.default_rng(0).normal(size=(3, 2)).astype("float32")
    spec = tf.TensorSpec((4, 3), tf.float32, name="x")
    function = tf.function(lambda x: tf.matmul(x, kernel))
    path = tmp_path_factory.mktemp("foreign") / "four.tflite"
    with quiet_native_logs():
        converter = tf.lite.TFLiteConverter.from_concrete_functions(
            [function.get_concrete_function(spec)]
        )
        path.write_bytes(converter.convert())
    return path, kernel


@pytest.mark.parametrize("count", [1, 4, 6, 9])
def test_last_batch_is_filled_up(file_of_batch_four, count):
    path, kernel = file_of_batch_four
    x = np.random.default_rng(1).normal(size=(count, 3)).astype("float32")
    outputs = evaluate_tflite(path, x)
    np.testing.assert_allclose(outputs, x @ kernel, rtol=1e-5, atol=1e-6)


def test_one_array_or_a_list(exported):
    found = exported("depthwise")
    outputs = evaluate_tflite(found.path, found.data, num_threads=2)
    assert outputs.shape == (60, 5)
    found = exported("named_ends")
    outputs = evaluate_tflite(found.path, found.data)
    assert [x.shape for x in outputs] == [(60, 2), (60, 3)]


def test_all_samples_are_used(exported):
    found = exported("recurrent")
    x = np.tile(found.data, (20, 1, 1))
    outputs = evaluate_tflite(found.path, x)
    assert outputs.shape == (1200, 3)
    np.testing.assert_array_equal(outputs[:60], outputs[-60:])


def test_integer_files_saturate(exported, tmp_path, toy, toy_data):
    path = tmp_path / "m.tflite"
    export_tflite(
        toy,
        path,
        quantize="int8",
        representative_data=toy_data,
        input_type="uint8",
        output_type="int8",
    )
    far = 1e6 * np.ones((1, 4), "float32")
    outputs = evaluate_tflite(path, np.concatenate([far, -far, toy_data]))
    assert np.isfinite(outputs).all()
    expected = toy.predict(toy_data, verbose=0)
    error = np.sqrt(np.mean((outputs[2:] - expected) ** 2))
    assert error < 0.05 * expected.std()


def test_wrong_inputs(exported, tmp_path):
    found = exported("depthwise")
    with pytest.raises(InvalidInputError, match=r"shape \(samples, 12, 12, 3"):
        evaluate_tflite(found.path, np.zeros((2, 8, 8, 3)))
    with pytest.raises(InvalidInputError, match="No such file"):
        evaluate_tflite(tmp_path / "none.tflite", np.zeros((2, 8, 8, 3)))


def test_output_without_samples(tmp_path):
    inputs = keras.Input((4,))
    model = keras.Model(inputs, keras.layers.Lambda(keras.ops.sum)(inputs))
    export_tflite(model, tmp_path / "m.tflite")
    with pytest.raises(InvalidInputError, match="not one entry for each of 1"):
        evaluate_tflite(tmp_path / "m.tflite", np.zeros((3, 4)))


def test_custom_operator_is_named(exported, tmp_path):
    model = read_tflite(exported("depthwise").path)
    operator = model.operators[-1]
    operator.name, operator.is_custom = "Mystery", True
    operator.options, operator.options_type = None, 0
    path = tmp_path / "m.tflite"
    path.write_bytes(serialize(model))
    expected = "LiteRT cannot run .* has the operators Mystery"
    with pytest.raises(InvalidInputError, match=expected):
        evaluate_tflite(path, exported("depthwise").data)
    assert inspect_tflite(path).operators[-1].name == "Mystery"
