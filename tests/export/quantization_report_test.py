"""What quantization costs each layer, in the report of an export."""

import json

import keras
import numpy as np
import pytest

from tests.export.quantization.int4_test import FourBitDense, fake_quantized
from tfprune.errors import InvalidInputError
from tfprune.export import export_tflite, quantization_report


@pytest.fixture(scope="module")
def model():
    """Two layers; one large weight makes the grid of the second coarse."""
    inputs = keras.Input((16,), name="values")
    x = keras.layers.Dense(16, activation="relu", name="fine")(inputs)
    outputs = keras.layers.Dense(4, name="coarse")(x)
    model = keras.Model(inputs, outputs, name="net")
    generator = np.random.default_rng(0)
    model.set_weights([generator.normal(size=x.shape) for x in model.weights])
    kernel = np.array(model.get_layer("coarse").kernel)
    kernel[0, 0] = 60
    model.get_layer("coarse").kernel.assign(kernel)
    return model


@pytest.fixture(scope="module")
def data():
    return np.random.default_rng(1).normal(size=(80, 16)).astype("float32")


@pytest.fixture(scope="module")
def sources(model, tmp_path_factory):
    """The model in every form."""
    folder = tmp_path_factory.mktemp("sources")
    model.save(folder / "net.keras")
    model.export(folder / "saved", verbose=False)
    export_tflite(model, folder / "net.tflite")
    return {
        "model": model,
        ".keras": folder / "net.keras",
        "SavedModel": folder / "saved",
        ".tflite": folder / "net.tflite",
    }


@pytest.mark.parametrize("form", ["model", ".keras", "SavedModel", ".tflite"])
def test_report_of_an_export_is_that_of_its_layers(
    sources, data, tmp_path, form
):
    report = export_tflite(
        sources[form],
        tmp_path / "m.tflite",
        quantize="int8",
        representative_data=data,
        layer_report=True,
    )
    found = report.layer_report
    assert found == quantization_report(sources[form], "int8", data)
    assert [x.operator for x in found.layers] == ["FULLY_CONNECTED"] * 2
    (worst,) = found.worst(1)
    assert worst == found.layers[1] and worst.share > 0.5
    assert str(report).endswith(f"\n\n{found}")
    content = json.loads(report.to_json())["layer_report"]
    assert content == found.as_dict()


def test_without_asking_there_is_none(sources, data, tmp_path):
    report = export_tflite(
        sources["model"],
        tmp_path / "m.tflite",
        quantize="int8",
        representative_data=data,
    )
    assert report.layer_report is None
    assert "Layers" not in str(report)


def test_modes_without_ranges_are_measured_on_other_data(
    sources, data, tmp_path
):
    report = export_tflite(
        sources["model"],
        tmp_path / "m.tflite",
        quantize="float16",
        verify_data=data,
        layer_report=True,
    )
    # Halves have 11 bits: less than 7 dB for each.
    assert 50 < report.layer_report.output_snr_db < 85


def test_layers_that_stay_float_bring_no_error(sources, data, tmp_path):
    report = export_tflite(
        sources["model"],
        tmp_path / "m.tflite",
        quantize={"*": "int8", "coarse": "float32"},
        representative_data=data,
        layer_report=True,
    )
    (layer,) = report.layer_report.layers
    assert "fine" in layer.name and layer.share == 1


@pytest.mark.parametrize(
    "settings, part",
    [
        ({"representative_data": np.ones((9, 16))}, "'float32', which rounds"),
        ({"quantize": "dynamic"}, "Expected `representative_data` or `verify_"),
    ],
)
def test_refuses(sources, tmp_path, settings, part):
    with pytest.raises(InvalidInputError, match=part) as caught:
        export_tflite(
            sources["model"],
            tmp_path / "m.tflite",
            layer_report=True,
            **settings,
        )
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_refuses_ranges_that_were_trained(tmp_path):
    inputs = keras.Input((16,))
    x = FourBitDense(4)(fake_quantized(inputs, 1.0))
    model = keras.Model(inputs, fake_quantized(x, 6.0), name="trained")
    data = np.ones((60, 16), "float32")
    with pytest.raises(InvalidInputError, match="was trained with fake"):
        export_tflite(
            model,
            tmp_path / "m.tflite",
            quantize="int4",
            verify_data=data,
            layer_report=True,
        )
    with pytest.raises(InvalidInputError, match="'trained' was trained"):
        quantization_report(model, "int8", data)
    assert not list(tmp_path.iterdir())
