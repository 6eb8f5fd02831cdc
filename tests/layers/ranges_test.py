"""Layers with ranges of their own, on the way to a file of integers."""

import keras
import numpy as np
import pytest

import tfprune
from tests.quantization.exported import steps_apart
from tfprune.errors import InvalidInputError
from tfprune.layers import (
    QuantConv2D,
    QuantConv2DTranspose,
    QuantDense,
    presets,
)
from tfprune.quantizers import MovingFakeQuant


def images(count=40):
    x = np.random.default_rng(0).normal(size=(count, 6, 6, 3))
    return x.astype("float32")


# LiteRT's kernels for weights of 4 bits round twice.
@pytest.mark.parametrize("bits, most", [(8, 1), (4, 4)])
def test_layers_of_all_kinds_leave_as_integers(bits, most, tmp_path):
    keras.utils.set_random_seed(1)
    inputs = keras.Input((6, 6, 3))
    x = QuantConv2D(4, 3, activation="relu", **presets.integer(bits))(inputs)
    x = QuantConv2DTranspose(4, 2, **presets.integer(per_channel=False))(x)
    x = QuantDense(5, activation="relu", **presets.integer(bits))(x)
    x = keras.layers.Flatten()(x)
    x = MovingFakeQuant()(QuantDense(3, **presets.integer(bits))(x))
    model = keras.Model(inputs, x)
    model.compile("adam", "mse")
    model.fit(images(), np.zeros((40, 3)), epochs=2, verbose=0)
    assert steps_apart(model, tmp_path, images()).max() <= most * 1.001
    names = [
        (operator.name, operator.inputs[1].dtype)
        for operator in tfprune.export.read_tflite(
            tmp_path / "model.tflite"
        ).main.operators
        if operator.name in ("CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV")
    ]
    kernel = f"INT{bits}"
    assert [dtype for _, dtype in names] == [kernel, "INT8", kernel, kernel]


@pytest.mark.parametrize("shape", [(5,), (4, 5), (None, 5), (2, 3, 5)])
def test_dense_layers_with_ranges_of_units_multiply_as_others(shape):
    layer = QuantDense(3, **presets.integer())
    inputs = keras.Input(shape)
    outputs = layer(inputs)
    assert outputs.shape == (None, *shape[:-1], 3)
    shape = [size or 7 for size in shape]
    x = np.random.default_rng(0).normal(size=(2, *shape)).astype("float32")
    layer(x, training=True)
    kernel = np.array(layer.kernel)
    scale = np.abs(kernel).max(axis=0) / 127
    expected = layer.input_quantizer(x) @ (np.rint(kernel / scale) * scale)
    np.testing.assert_allclose(layer(x), expected, rtol=1e-4, atol=1e-5)


def test_transposed_convolutions_have_one_range():
    layer = QuantConv2DTranspose(4, 2, **presets.integer())
    with pytest.raises(InvalidInputError, match="per_channel=False"):
        layer(images(1))
