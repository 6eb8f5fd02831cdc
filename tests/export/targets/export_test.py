"""Exports that are meant for a target."""

import re
from dataclasses import dataclass

import keras
import numpy as np
import pytest
from keras import layers

from tests.export.networks import NETWORKS
from tfprune.errors import (
    InvalidInputError,
    UnsuitableModelError,
    VerificationError,
)
from tfprune.export import evaluate_tflite, export_tflite, read_tflite
from tfprune.export.targets import TARGETS, LiteRt, check


def samples(name="residual", count=60):
    return NETWORKS[name].sample(np.random.default_rng(0), count)


def small_cnn(activation):
    inputs = keras.Input((12, 12, 3))
    x = layers.Conv2D(8, 3, padding="same", activation=activation)(inputs)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(4)(x), name="cnn")


@pytest.mark.parametrize("target", TARGETS.names())
def test_report_says_what_the_target_does(models, tmp_path, target):
    path = tmp_path / "m.tflite"
    report = export_tflite(
        models("residual"),
        path,
        target=target,
        representative_data=samples(),
    )
    assert report.target == check(read_tflite(path), target)
    assert report.target.fits
    assert report.target.summary in str(report)
    assert report.as_dict()["target"]["fits"] is True


def test_edgetpu_gets_integers_throughout(models, tmp_path):
    report = export_tflite(
        models("residual"),
        tmp_path / "m.tflite",
        target="edgetpu",
        representative_data=samples(),
    )
    assert report.quantization == "int8"
    ends = {x.dtype for x in (*report.inputs, *report.outputs)}
    assert ends == {"uint8"}


def test_what_is_asked_for_goes_before_what_the_target_wants(models, tmp_path):
    report = export_tflite(
        models("residual"),
        tmp_path / "m.tflite",
        target="edgetpu",
        representative_data=samples(),
        input_type="int8",
        output_type="float32",
    )
    assert report.inputs[0].dtype == "int8"
    assert report.outputs[0].dtype == "float32"
    assert [x.name for x in report.target.refused] == ["DEQUANTIZE"]
    assert any(
        "1 of" in x and "run on the processor" in x for x in report.warnings
    )


def test_hard_swish_is_rewritten_for_the_edge_tpu_alone(tmp_path):
    model = small_cnn("hard_silu")
    data = samples()
    reports = {
        target: export_tflite(
            model,
            tmp_path / f"{target}.tflite",
            quantize="int8",
            target=target,
            representative_data=data,
        )
        for target in ("litert", "edgetpu")
    }
    names = {
        target: [x.name for x in report.operators]
        for target, report in reports.items()
    }
    assert "HARD_SWISH" in names["litert"]
    assert "HARD_SWISH" not in names["edgetpu"]
    assert reports["edgetpu"].target.fits
    assert not check(tmp_path / "litert.tflite", "edgetpu").fits


def test_refused_models_leave_nothing(models, tmp_path):
    path = tmp_path / "m.tflite"
    with pytest.raises(UnsuitableModelError) as caught:
        export_tflite(
            models("residual"), path, quantize="float32", target="edgetpu"
        )
    line = str(caught.value)
    assert line.startswith(
        "Model 'residual' does not run on the Edge TPU (compiler 16.0). "
        "Operators 0, 1: CONV_2D works on other numbers than int8 and uint8. "
    )
    assert line.endswith("with int8 or uint8 inputs and outputs.")
    assert "\n" not in line
    assert list(tmp_path.iterdir()) == []


def test_unknown_target(models, tmp_path):
    expected = "Unknown target 'edgetpy'. Did you mean 'edgetpu'?"
    with pytest.raises(InvalidInputError, match=re.escape(expected)):
        export_tflite(
            models("residual"), tmp_path / "m.tflite", target="edgetpy"
        )


def test_integer_files_get_integer_ends(exported, tmp_path):
    source = exported("residual", "int8").path
    path = tmp_path / "m.tflite"
    report = export_tflite(source, path, target="edgetpu")
    assert report.quantization == "numbers as they were"
    assert report.target.fits
    assert {x.dtype for x in report.inputs} == {"uint8"}
    data = samples(count=8)
    # Only the output is rounded to its integers where it was a float before.
    step = report.outputs[0].scale
    before, after = evaluate_tflite(source, data), evaluate_tflite(path, data)
    assert np.abs(before - after).max() <= step


def test_float_files_are_quantized(exported, tmp_path):
    report = export_tflite(
        exported("residual").path,
        tmp_path / "m.tflite",
        target="edgetpu",
        representative_data=samples(),
    )
    assert report.quantization == "int8"
    assert report.target.fits


def test_integer_ends_of_float_files_are_refused(exported, tmp_path):
    with pytest.raises(InvalidInputError, match="Expected `input_type`"):
        export_tflite(
            exported("residual").path,
            tmp_path / "m.tflite",
            input_type="uint8",
        )


@pytest.mark.parametrize("target", ["edgetpu", "gpu"])
def test_models_without_operators_are_refused(tmp_path, target):
    inputs = keras.Input((8,))
    model = keras.Model(inputs, layers.Activation("linear")(inputs))
    with pytest.raises(UnsuitableModelError, match="It has no operators.$"):
        export_tflite(
            model,
            tmp_path / "m.tflite",
            quantize="float32",
            target=target,
        )


def blind(model):
    """A pass that makes a model say the first class always."""
    count = 0
    for operator in model.main.operators:
        if operator.name == "FULLY_CONNECTED" and operator.inputs[1].data.any():
            operator.inputs[1].data = np.zeros_like(operator.inputs[1].data)
            count += 1
    return count


@dataclass(frozen=True)
class Blinding(LiteRt):
    """A target whose passes cost all of the accuracy."""

    passes = (blind,)


def test_accuracy_is_that_of_the_rewritten_file(tmp_path):
    model, data = small_cnn("relu"), samples()
    labels = model.predict(data, verbose=0).argmax(axis=1)
    with pytest.raises(VerificationError, match="an accuracy of 0.95"):
        export_tflite(
            model,
            tmp_path / "m.tflite",
            quantize="int8",
            target=Blinding(),
            representative_data=data,
            max_accuracy_drop=0.05,
            labelled_data=(data, labels),
        )
