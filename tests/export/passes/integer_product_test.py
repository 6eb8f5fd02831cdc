"""Float negations and squares become integer products."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from tfprune.export import evaluate_tflite, export_tflite, read_tflite
from tfprune.export.flatbuffer.tensor import Quantization, Tensor
from tfprune.export.passes import run_passes, use_integer_products
from tfprune.export.passes.integer_product import product

FUNCTIONS = {"NEG": ops.negative, "SQUARE": ops.square}


def export(name, path):
    inputs = keras.Input((6,))
    x = layers.Dense(8)(inputs)
    x = layers.Dense(3)(FUNCTIONS[name](x))
    model = keras.Model(inputs, x)
    data = np.random.default_rng(0).normal(size=(80, 6)).astype("float32")
    report = export_tflite(
        model, path, quantize="int8", representative_data=data
    )
    return model, data, report


@pytest.mark.parametrize("name", FUNCTIONS)
def test_product_equals_the_float_operator(tmp_path, name):
    path = tmp_path / "m.tflite"
    model, data, report = export(name, path)
    assert ("MUL", 2) in {(x.name, x.version) for x in report.operators}
    assert name not in {x.name for x in report.operators}
    expected = model.predict(data, verbose=0)
    error = evaluate_tflite(path, data) - expected
    assert np.sqrt((error**2).mean()) < 0.05 * expected.std()


def test_finds_nothing_the_second_time(tmp_path):
    path = tmp_path / "m.tflite"
    export("NEG", path)
    assert run_passes(read_tflite(path)) == 0


def test_leaves_float_models_alone(exported):
    model = read_tflite(exported("transformer").path)
    names = [x.name for x in model.operators]
    assert "NEG" in names
    assert use_integer_products(model) == 0
    assert [x.name for x in model.operators] == names


def integers(scale):
    quantization = Quantization(np.array([scale], "f4"), np.zeros(1, "i8"))
    return Tensor("x", "INT8", (1, 4), quantization=quantization)


def test_version_says_whether_the_product_is_scaled_up():
    assert product(integers(0.1), integers(0.1), integers(0.5)).version == 2
    assert product(integers(0.9), integers(0.9), integers(0.5)).version == 3
