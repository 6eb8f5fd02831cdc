"""Channels go before numbers are quantized, where that is worth it."""

from dataclasses import dataclass, replace

import keras
import numpy as np
import pytest
from keras import layers

from tfprune.errors import InvalidInputError
from tfprune.export import (
    evaluate_tflite,
    export_tflite,
    read_tflite,
    stripped_conversion,
)
from tfprune.export.channels.hidden import hidden_channels
from tfprune.export.conversion.open_source import open_source
from tfprune.export.conversion.request import Conversion
from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.quantization import find_mode
from tfprune.export.stripped_conversion import convert_stripped
from tfprune.export.targets import LiteRt
from tfprune.export.verification.samples import read_samples

UNREAD = [4, 5, 6, 7, 8]
SHAPE = (8, 8, 3)


def network(scale=1.0, idle=UNREAD, activation="relu"):
    """Two convolutions; the second does not read some results of the first.

    Args:
        scale: How large those are.
        idle: Which ones.
        activation: What the first one ends with.
    """
    keras.utils.set_random_seed(0)
    inputs = keras.Input(SHAPE)
    first = layers.Conv2D(32, 3, activation=activation, name="first")
    second = layers.Conv2D(64, 3, activation="relu", name="second")
    x = layers.GlobalAveragePooling2D()(second(first(inputs)))
    model = keras.Model(inputs, layers.Dense(32, name="third")(x))
    kernel, bias = first.get_weights()
    kernel[..., idle] *= scale
    first.set_weights([kernel, bias])
    kernel, bias = second.get_weights()
    kernel[:, :, idle] = 0
    second.set_weights([kernel, bias])
    return model


@pytest.fixture(scope="module")
def data():
    generator = np.random.default_rng(0)
    return generator.normal(size=(60, *SHAPE)).astype("f4")


def error(model, path, data):
    """Root-mean-square error, over the spread of what Keras computes."""
    expected = model.predict(data, verbose=0)
    difference = evaluate_tflite(path, data) - expected
    return np.sqrt(np.mean(difference**2)) / expected.std()


def widths(path):
    return [
        x.outputs[0].shape[-1]
        for x in read_tflite(path).operators
        if x.name == "CONV_2D"
    ]


@pytest.mark.parametrize(
    "mode", ["dynamic", "int4", "int16x8", {"*": "dynamic", "third": "float32"}]
)
def test_what_rounding_would_keep_goes_before(tmp_path, data, mode):
    path = tmp_path / "m.tflite"
    model = network(activation="tanh")
    report = export_tflite(model, path, quantize=mode, representative_data=data)
    earlier = report.stripped.before_quantization
    assert earlier.removed == report.stripped.removed == len(UNREAD)
    assert list(earlier.channels.values()) == [(32, 32 - len(UNREAD))]
    assert earlier.difference < 1e-5
    assert widths(path) == [32 - len(UNREAD), 64]
    assert "Before quantization: 5 dead channels" in str(report)
    assert report.as_dict()["stripped"]["before_quantization"]["channels"]
    limit = 0.5 if mode == "int4" else 0.05
    assert error(model, path, data) < limit


@pytest.mark.parametrize("mode", ["dynamic", "int8"])
def test_wide_ranges_of_unread_channels_spoil_nothing(tmp_path, data, mode):
    model, paths = network(scale=50.0), []
    for strip in (True, False):
        paths.append(tmp_path / f"{strip}.tflite")
        export_tflite(
            model,
            paths[-1],
            quantize=mode,
            representative_data=data,
            strip=strip,
        )
    # Measured 0.02 and 0.22 for dynamic, 0.04 and 0.38 for int8.
    assert error(model, paths[0], data) < 0.3 * error(model, paths[1], data)
    assert widths(paths[0]) == [32 - len(UNREAD), 64]


@dataclass(frozen=True)
class Choosy(LiteRt):
    """A target that runs convolutions of 32 channels only."""

    def conclude(self, model, judged, report):
        verdicts = tuple(
            replace(x, accepted=False, reason="It is too narrow.")
            if x.name == "CONV_2D" and x.output_shapes[0][-1] < 32
            else x
            for x in report.operators
        )
        return replace(report, operators=verdicts)


@pytest.mark.parametrize(
    ("target", "width"), [("gpu", 32 - len(UNREAD)), (Choosy(), 32)]
)
def test_targets_have_a_say(tmp_path, data, target, width):
    path = tmp_path / "m.tflite"
    export_tflite(
        network(activation="tanh"),
        path,
        quantize="dynamic",
        representative_data=data,
        target=target,
    )
    assert widths(path) == [width, 64]


def conversions(model, mode, tmp_path, data):
    """The modes that a model is converted to on the way, and what comes out."""
    path = tmp_path / "model.keras"
    model.save(path)
    asked = []
    with open_source(path) as source:
        chosen = find_mode(mode)
        samples = None
        if chosen.needs_data:
            samples = read_samples(
                data, source.inputs, origin="data", limit=len(data)
            )
        conversion = Conversion(chosen, samples)
        convert = type(source).convert

        class Watched(type(source)):
            def convert(self, conversion: Conversion) -> FlatbufferModel:
                asked.append(conversion.mode.name)
                return convert(self, conversion)

        watched = Watched(**vars(source))
        result = convert_stripped(watched, conversion)
    return asked, *result


@pytest.mark.parametrize(
    ("mode", "scale", "asked"),
    [
        ("float32", 1.0, ["float32"]),
        ("float16", 1.0, ["float16"]),
        ("dynamic", 1.0, ["dynamic", "float32"]),
        ("int8", 1.0, ["int8"]),
        ("int8", 50.0, ["int8", "float32"]),
        ("int16x8", 1.0, ["float32"]),
    ],
)
def test_a_second_conversion_only_where_it_is_worth_it(
    tmp_path, data, mode, scale, asked
):
    received, _, report = conversions(network(scale), mode, tmp_path, data)
    assert received == asked
    assert report.removed == len(UNREAD)


def test_nothing_to_gain_is_not_converted_twice(tmp_path, data):
    asked, model, report = conversions(
        network(idle=[]), "dynamic", tmp_path, data
    )
    assert asked == ["dynamic"]
    assert report.removed == 0
    assert hidden_channels(model) == 0


def test_float_files_are_stripped_before_they_are_quantized(tmp_path, data):
    model = network(activation="tanh")
    paths = [tmp_path / "float.tflite", tmp_path / "dynamic.tflite"]
    export_tflite(model, paths[0], strip=False)
    report = export_tflite(paths[0], paths[1], quantize="dynamic")
    assert report.stripped.before_quantization.removed == len(UNREAD)
    assert widths(paths[1]) == [32 - len(UNREAD), 64]
    assert error(model, paths[1], data) < 0.05


def test_trained_ranges_stay(tmp_path, data):
    inputs = keras.Input(SHAPE)

    def rounded(x):
        return keras.quantizers.fake_quant_with_min_max_vars(x, -40.0, 40.0)

    base = network(scale=50.0)
    x = layers.Lambda(rounded, output_shape=lambda shape: shape)(inputs)
    for layer in base.layers[1:]:
        x = layers.Lambda(rounded, output_shape=lambda shape: shape)(layer(x))
    model = keras.Model(inputs, x)
    path = tmp_path / "m.tflite"
    report = export_tflite(
        model, path, quantize="int8", representative_data=data
    )
    assert report.stripped.removed == len(UNREAD)
    assert report.stripped.before_quantization is None
    scales = [
        x.outputs[0].scale()
        for x in read_tflite(path).operators
        if x.name == "CONV_2D"
    ]
    np.testing.assert_allclose(scales, 80 / 255, rtol=1e-3)


def test_what_cannot_be_quantized_so_is_stripped_afterwards(
    tmp_path, data, monkeypatch
):
    def refuse(model, conversion):
        raise InvalidInputError("No kernel.")

    monkeypatch.setattr(stripped_conversion, "quantized", refuse)
    report = export_tflite(
        network(scale=50.0),
        tmp_path / "m.tflite",
        quantize="int8",
        representative_data=data,
    )
    assert report.stripped.removed == len(UNREAD)
    assert report.stripped.before_quantization is None
    assert any("No kernel." in sentence for sentence in report.warnings)
