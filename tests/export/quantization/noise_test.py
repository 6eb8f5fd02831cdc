"""Errors of layers, against closed forms."""

import json

import keras
import numpy as np
import pytest

from tfprune.errors import InvalidInputError
from tfprune.export import quantization_report


@pytest.fixture(scope="module")
def identity():
    """A dense layer of whole weights, which integers hold exactly."""
    inputs = keras.Input((8,), name="values")
    layer = keras.layers.Dense(8, use_bias=False, name="copy")
    model = keras.Model(inputs, layer(inputs), name="identity")
    model.set_weights([np.eye(8)])
    return model


@pytest.fixture(scope="module")
def uniform():
    values = np.random.default_rng(0).uniform(-1, 1, (200, 8))
    return values.astype("f4")


@pytest.mark.parametrize("mode, bits", [("int8", 8), ("int16x8", 16)])
def test_noise_of_rounding_is_that_of_the_bits(identity, uniform, mode, bits):
    report = quantization_report(identity, mode, uniform, num_samples=200)
    # Rounding to b bits of a uniform number: 2 ** (2 * b) to 1; input and
    # output fall on the same grid.
    assert report.output_snr_db == pytest.approx(6.02 * bits, abs=1)
    (layer,) = report.layers
    assert (layer.operator, layer.mode) == ("FULLY_CONNECTED", mode)
    assert layer.snr_db == layer.own_snr_db == report.output_snr_db
    assert layer.share == 1
    assert report.num_samples == 200


def test_share_finds_the_layer_that_suffers():
    inputs = keras.Input((16,), name="values")
    x = keras.layers.Dense(16, name="first")(inputs)
    x = keras.layers.Dense(16, name="spoilt")(x)
    outputs = keras.layers.Dense(4, name="last")(x)
    model = keras.Model(inputs, outputs, name="net")
    generator = np.random.default_rng(0)
    for layer in model.layers[1:]:
        weights = generator.normal(size=layer.kernel.shape)
        layer.kernel.assign(weights)
    # One large weight makes the grid of the whole kernel coarse.
    kernel = model.get_layer("spoilt").kernel
    values = np.array(kernel)
    values[0, 0] = 100
    kernel.assign(values)
    model.get_layer("first").kernel.assign(
        np.array(model.get_layer("first").kernel) * (np.arange(16) > 0)
    )
    data = generator.normal(size=(100, 16)).astype("f4")
    report = quantization_report(model, "int8", data)
    (worst,) = report.worst(1)
    assert worst.name.startswith("net/spoilt/")
    assert worst.share > 0.8
    assert sum(layer.share for layer in report.layers) == pytest.approx(1)


def test_layers_of_a_recipe(models, exported):
    data = exported("residual").data
    report = quantization_report(
        models("residual"), {"conv2d": "int8", "classes": "dynamic"}, data
    )
    first, *others = report.layers
    assert (first.operator, first.mode) == ("CONV_2D", "int8")
    assert {layer.mode for layer in others} == {"dynamic"}
    assert str(report).startswith("recipe: ")
    assert json.loads(report.to_json()) == report.as_dict()
    assert len(report.as_dict()["layers"]) == len(report.layers)


@pytest.mark.parametrize("name", ["transformer", "recurrent"])
def test_every_operator_that_computes_is_listed(exported, name):
    found = exported(name)
    report = quantization_report(found.path, "int8", found.data, num_samples=4)
    assert {"FULLY_CONNECTED", "MUL"} <= {x.operator for x in report.layers}
    assert "RESHAPE" not in {x.operator for x in report.layers}
    assert report.output_snr_db > 15
    assert all(x.share >= 0 for x in report.layers)
    # The first operator has no error from those before it.
    weights = [x for x in report.layers if x.operator == "FULLY_CONNECTED"]
    assert all(x.own_snr_db >= report.output_snr_db for x in weights)


def test_float32_has_no_noise(models, exported):
    report = quantization_report(
        models("residual"), None, exported("residual").data
    )
    assert report.layers == () and report.output_snr_db is None
    assert "no error" in str(report)


def test_refuses(identity, uniform):
    with pytest.raises(InvalidInputError, match="of 1 or more. Received: 0."):
        quantization_report(identity, "int8", uniform, num_samples=0)
