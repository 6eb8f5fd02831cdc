"""Predictions of runtimes, and what is refused at once."""

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from tests.export.targets.examples import convolution, dense, model_of, relu
from tests.export.versions.converted import CASES, content_of, convert
from tfprune.errors import InvalidInputError
from tfprune.export import read_tflite
from tfprune.export.flatbuffer.reader import parse_tflite
from tfprune.export.targets import check


def test_unknown_target():
    with pytest.raises(InvalidInputError, match="Did you mean 'edgetpu'"):
        check(model_of(relu()), "edge_tpu")


def test_not_a_target():
    with pytest.raises(InvalidInputError, match="Received: 3"):
        check(model_of(relu()), 3)


def test_missing_file(tmp_path):
    with pytest.raises(InvalidInputError, match="No such file"):
        check(tmp_path / "none.tflite")


@pytest.mark.parametrize("mode", ["float32", "float16", "dynamic", "int8"])
@pytest.mark.parametrize("name", ["litert", "tflite-2.14", "tflite-2.7"])
def test_exports_run_on_all_runtimes(exported, name, mode):
    report = check(exported("residual", mode).path, name)
    assert report.fits and report.runs
    assert report.refused == ()


def runs(content):
    """Whether LiteRT computes anything with a file."""
    interpreter = Interpreter(model_content=content)
    try:
        interpreter.allocate_tensors()
        details = interpreter.get_input_details()[0]
        values = np.ones(details["shape"], details["dtype"])
        interpreter.set_tensor(details["index"], values)
        interpreter.invoke()
    except RuntimeError:
        return False
    return True


@pytest.mark.parametrize("name, mode", CASES)
def test_litert_does_what_is_predicted(name, mode):
    content = content_of(name, mode)
    assert check(parse_tflite(content), "litert").runs == runs(content)


@pytest.mark.parametrize("mode", ["float32", "dynamic", "int8"])
@pytest.mark.parametrize("kind", ["dense", "convolution"])
def test_sparse_weights_of_integers(kind, mode):
    inputs = keras.Input((256,) if kind == "dense" else (8, 8, 64))
    layer = (
        keras.layers.Dense(256)
        if kind == "dense"
        else keras.layers.Conv2D(128, 1)
    )
    model = keras.Model(inputs, layer(inputs))
    kernel, bias = layer.get_weights()
    mask = np.random.default_rng(0).uniform(size=kernel.shape) > 0.9
    layer.set_weights([kernel * mask, bias])
    content = convert(model, mode, is_sparse=True)
    flatbuffer = parse_tflite(content)
    assert "DENSIFY" in {x.name for x in flatbuffer.operators}
    report = check(flatbuffer, "litert")
    assert report.runs == runs(content)
    assert all(x.rule == "densified_integers" for x in report.refused)


def test_version_that_is_stated_too_low_is_seen_through():
    layer = dense(source="FLOAT32", scales=3)
    layer.outputs[0].quantization = None
    assert layer.version == 1
    for name, runs in [("litert", True), ("tflite-2.14", False)]:
        report = check(model_of(layer), name)
        assert report.runs == runs
    assert (
        "needs version 12 (the file states 1), and the runtime knows 10"
        in str(report)
    )


def test_one_refused_operator_refuses_the_model():
    layer = convolution()
    layer.version = 8
    report = check(model_of(relu(), layer), "tflite-2.14")
    assert not report.runs
    assert [x.accepted for x in report.operators] == [True, False]
    assert "does not run on TensorFlow Lite 2.14" in str(report)


def test_gpu_leaves_the_rest_to_the_processor(exported):
    model = read_tflite(exported("residual").path)
    assert check(model, "gpu").fits
    model.operators[2].name = "NON_MAX_SUPPRESSION_V4"
    report = check(model, "gpu")
    assert report.runs and not report.fits
    assert "runs in part on the GPU delegate" in str(report)


def test_operators_of_loops_are_judged_too(tmp_path):
    model = model_of(relu())
    model.subgraphs.append(model_of(relu(dtype="FLOAT32")).main)
    report = check(model, "edgetpu")
    assert [x.subgraph for x in report.operators] == [0, 1]
    assert report.refused[0].subgraph == 1
    assert "\n  1/0 " in str(report)
