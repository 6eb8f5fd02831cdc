"""Weights of four bits, against rounding them in a float model."""

import keras
import numpy as np
import pytest

from tests.export.quantization.rounding import round_weights
from tfprune.export import (
    evaluate_tflite,
    export_tflite,
    inspect_tflite,
    read_tflite,
    serialize,
)

BITS = {"CONV_2D": 4, "FULLY_CONNECTED": 4, "DEPTHWISE_CONV_2D": 8}


def distance(values, wanted):
    return np.sqrt(np.mean((values - wanted) ** 2)) / wanted.std()


@pytest.mark.parametrize("name", ["residual", "sequential", "transformer"])
def test_computes_with_rounded_weights(exported, tmp_path, name):
    found = exported(name, "int4")
    plain = read_tflite(exported(name, "float32").path)
    round_weights(plain, BITS)
    (tmp_path / "rounded.tflite").write_bytes(serialize(plain))
    received = evaluate_tflite(found.path, found.data)
    wanted = evaluate_tflite(tmp_path / "rounded.tflite", found.data)
    exact = evaluate_tflite(exported(name, "float32").path, found.data)
    # What is left is the rounding of activations to 8 bits.
    assert distance(received, wanted) < 0.1
    assert distance(received, exact) > 1.5 * distance(received, wanted)


def test_weights_are_packed(exported):
    model = read_tflite(exported("residual", "int4").path)
    weights = [x for x in model.tensors if x.dtype == "INT4"]
    # Two convolutions and two dense layers, two numbers a byte.
    assert sum(x.size for x in weights) == 3 * 3 * 16 * (3 + 16) + 32 * (
        36 * 16 + 10
    )
    assert all(x.num_bytes == (x.size + 1) // 2 for x in weights)


def test_versions_say_what_runtimes_must_know(exported):
    found = {
        (x.name, x.version)
        for x in inspect_tflite(exported("residual", "int4").path).operators
    }
    assert {("CONV_2D", 7), ("FULLY_CONNECTED", 10), ("ADD", 2)} <= found


def test_depthwise_kernels_stay_int8(tmp_path):
    inputs = keras.Input((8, 8, 4))
    x = keras.layers.DepthwiseConv2D(3)(inputs)
    model = keras.Model(inputs, keras.layers.Conv2D(4, 1)(x))
    data = np.random.default_rng(0).normal(size=(60, 8, 8, 4))
    path = tmp_path / "m.tflite"
    export_tflite(model, path, quantize="int4", representative_data=data)
    kernels = {
        x.name: x.inputs[1].dtype
        for x in read_tflite(path).operators
        if len(x.inputs) > 1
    }
    assert kernels == {"DEPTHWISE_CONV_2D": "INT8", "CONV_2D": "INT4"}


def test_says_so_where_there_is_nothing_to_store(tmp_path):
    inputs = keras.Input((8, 8, 4))
    model = keras.Model(inputs, keras.layers.DepthwiseConv2D(3)(inputs))
    data = np.random.default_rng(0).normal(size=(60, 8, 8, 4))
    report = export_tflite(
        model, tmp_path / "m.tflite", quantize="int4", representative_data=data
    )
    assert "no weight has 4 bits" in report.warnings[0]


class FourBitDense(keras.layers.Dense):
    """A dense layer trained with weights of 4 bits from -1 to 1."""

    def call(self, x):
        kernel = keras.quantizers.fake_quant_with_min_max_vars(
            self.kernel, -1.0, 1.0, num_bits=4, narrow_range=True
        )
        return keras.ops.matmul(x, kernel) + self.bias


def fake_quantized(x, limit):
    return keras.layers.Lambda(
        lambda x: keras.quantizers.fake_quant_with_min_max_vars(
            x, -limit, limit
        )
    )(x)


@pytest.mark.parametrize("with_data", [False, True])
def test_ranges_of_fake_quantization_are_kept(tmp_path, with_data):
    inputs = keras.Input((6,))
    x = FourBitDense(8)(fake_quantized(inputs, 1.0))
    model = keras.Model(inputs, fake_quantized(x, 6.0))
    generator = np.random.default_rng(0)
    model.set_weights(
        [generator.uniform(-1, 1, w.shape) for w in model.weights]
    )
    data = generator.uniform(-1, 1, (60, 6)).astype("f4")
    path = tmp_path / "m.tflite"
    export_tflite(
        model,
        path,
        quantize="int4",
        verify_data=data,
        representative_data=0.1 * data if with_data else None,
    )
    (dense,) = [
        x for x in read_tflite(path).operators if x.name == "FULLY_CONNECTED"
    ]
    assert dense.inputs[1].dtype == "INT4"
    assert dense.inputs[1].scale() == pytest.approx(1 / 7)
    assert dense.inputs[0].scale() == pytest.approx(2 / 255)
    error = np.abs(evaluate_tflite(path, data) - model.predict(data, verbose=0))
    # A tie may round the other way.
    assert error.max() <= 1.01 * 12 / 255
    assert (error > 6 / 255).mean() < 0.05
