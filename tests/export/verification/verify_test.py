"""Planted faults: an exported file that is not its model's."""

import keras
import numpy as np
import pytest

from tests.export.networks import NETWORKS, TOO_COARSE
from tfprune.errors import VerificationError
from tfprune.export import MODES, export_tflite, read_tflite, serialize
from tfprune.export.conversion.open_source import open_source
from tfprune.export.verification.samples import Samples
from tfprune.export.verification.verify import verify


def check(model, flatbuffer, data, mode="int8"):
    with open_source(model) as source:
        return verify(
            source,
            flatbuffer,
            serialize(flatbuffer),
            Samples((data,), "tests"),
            tolerance=MODES.get(mode).tolerance,
        )


def constants(flatbuffer, dtype):
    """The largest constant of a type: the weights that matter."""
    found = [x for x in flatbuffer.tensors if x.data is not None]
    return max(
        (x for x in found if x.dtype == dtype), key=lambda x: x.num_bytes
    )


@pytest.mark.parametrize(
    "name, mode",
    [
        (name, mode)
        for name in ("residual", "depthwise", "transformer")
        for mode in MODES.names()
        if (name, mode) not in TOO_COARSE
    ],
)
def test_weights_of_another_model(exported, name, mode):
    found = exported(name, mode)
    keras.utils.set_random_seed(11)
    other = NETWORKS[name].build()
    flatbuffer = read_tflite(found.path)
    assert check(found.model, flatbuffer, found.data, mode).num_samples == 60
    with pytest.raises(
        VerificationError, match="differs from the Keras model by"
    ):
        check(other, flatbuffer, found.data, mode)


@pytest.mark.parametrize("mode", ["float32", "int8"])
def test_weights_that_were_dropped(exported, mode):
    found = exported("depthwise", mode)
    flatbuffer = read_tflite(found.path)
    weights = constants(flatbuffer, mode.upper())
    weights.data = np.zeros_like(weights.data)
    with pytest.raises(
        VerificationError, match="differs from the Keras model by"
    ):
        check(found.model, flatbuffer, found.data, mode)


def test_weights_that_are_nan(exported):
    found = exported("depthwise")
    flatbuffer = read_tflite(found.path)
    weights = constants(flatbuffer, "FLOAT32")
    weights.data = np.full(weights.size, np.nan, "float32").view(np.uint8)
    with pytest.raises(VerificationError, match="the exported model holds NaN"):
        check(found.model, flatbuffer, found.data, "float32")


def test_one_wrong_bias_in_float32(exported):
    found = exported("depthwise")
    flatbuffer = read_tflite(found.path)
    bias = flatbuffer.operators[-1].inputs[2]
    values = bias.data.view("float32").copy()
    values[0] += 0.01
    bias.data = values.view(np.uint8)
    with pytest.raises(VerificationError):
        check(found.model, flatbuffer, found.data, "float32")


def test_wrong_scale_in_int8(exported):
    found = exported("depthwise", "int8")
    flatbuffer = read_tflite(found.path)
    weights = constants(flatbuffer, "INT8")
    weights.quantization.scales = 4 * weights.quantization.scales
    with pytest.raises(VerificationError):
        check(found.model, flatbuffer, found.data)


def test_swapped_outputs(exported):
    found = exported("several_ends")
    flatbuffer = read_tflite(found.path)
    flatbuffer.main.outputs.reverse()
    with (
        open_source(found.model) as source,
        pytest.raises(VerificationError, match="has the shape"),
    ):
        verify(
            source,
            flatbuffer,
            serialize(flatbuffer),
            Samples(tuple(found.data), "tests"),
            tolerance=MODES.get("float32").tolerance,
        )


def test_constant_output_is_doubted(toy, tmp_path, toy_data):
    toy.set_weights([np.zeros(w.shape) for w in toy.weights])
    report = export_tflite(toy, tmp_path / "m.tflite", verify_data=toy_data)
    assert "Output 'sums' is constant on the samples" in report.warnings[0]


def test_output_without_a_batch_axis(tmp_path):
    class Mean(keras.layers.Layer):
        def call(self, x):
            return keras.ops.mean(x)

    inputs = keras.Input((4,))
    model = keras.Model(inputs, Mean()(inputs))
    report = export_tflite(model, tmp_path / "m.tflite")
    assert report.relative_error < 1e-6
    assert report.verification.num_samples == 16
