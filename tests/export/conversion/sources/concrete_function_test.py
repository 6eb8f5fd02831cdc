"""TensorFlow functions as sources."""

import numpy as np
import pytest
import tensorflow as tf

from tfprune.errors import InvalidInputError
from tfprune.export import evaluate_tflite, export_tflite

RNG = np.random.default_rng(0)
WEIGHTS = RNG.normal(size=(4, 3)).astype("float32")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "m.tflite"


def traced(function, *specs, **named):
    return tf.function(function).get_concrete_function(*specs, **named)


def rows(*shape):
    return tf.TensorSpec(shape, tf.float32)


def test_variables_and_nested_ends(path):
    weights = tf.Variable(WEIGHTS)

    def apply(pair, scale):
        return {"sum": pair[0] + pair[1], "scaled": pair[0] @ weights * scale}

    function = traced(
        apply,
        (
            tf.TensorSpec((None, 4), name="left"),
            tf.TensorSpec((None, 4), name="right"),
        ),
        tf.TensorSpec((), name="scale"),
    )
    report = export_tflite(function, path)
    assert [x.name for x in report.inputs] == ["left", "right", "scale"]
    assert [x.shape for x in report.inputs] == [(1, 4), (1, 4), ()]
    assert [x.name for x in report.outputs] == ["scaled", "sum"]
    assert report.verification.reference == "the TensorFlow function"
    assert report.relative_error < 1e-5


def test_int8_by_its_data(path):
    weights = tf.Variable(WEIGHTS)
    function = traced(
        lambda x: tf.nn.relu(x @ weights), tf.TensorSpec((None, 4), name="x")
    )
    data = RNG.normal(size=(60, 4)).astype("float32")
    export_tflite(function, path, quantize="int8", representative_data=data)
    wanted = np.maximum(data @ WEIGHTS, 0)
    error = np.sqrt(np.mean((evaluate_tflite(path, data) - wanted) ** 2))
    assert error < 0.05 * wanted.std()


def test_signature_of_a_loaded_model(tmp_path, path):
    class Module(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((None, 4), name="x")])
        def call(self, x):
            return {"y": x * 2.0}

    module = Module()
    tf.saved_model.save(module, tmp_path / "saved", {"twice": module.call})
    loaded = tf.saved_model.load(tmp_path / "saved")
    report = export_tflite(loaded.signatures["twice"], path)
    assert report.inputs[0].name == "x" and report.outputs[0].name == "y"


def test_open_sizes(path):
    function = traced(tf.nn.relu, rows(None, None, 3))
    with pytest.raises(InvalidInputError, match="`input_shape`"):
        export_tflite(function, path)
    report = export_tflite(function, path, input_shape=(5, 3))
    assert report.inputs[0].shape == (1, 5, 3)


def test_nothing_to_feed(path):
    with pytest.raises(InvalidInputError, match="Received none"):
        export_tflite(traced(lambda: tf.zeros(3)), path)


def test_untraced_function(path):
    with pytest.raises(InvalidInputError, match="get_concrete_function"):
        export_tflite(tf.function(tf.nn.relu), path)
