"""What every quantization mode keeps, on every network."""

import json

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from tests.export.networks import NETWORKS, TOO_COARSE
from tfprune.export import MODES, evaluate_tflite, inspect_tflite
from tfprune.export.quantization import QuantizationMode

CASES = [
    (name, mode)
    for name in NETWORKS
    for mode in MODES.names()
    if (name, mode) not in TOO_COARSE
]
# Measured at most a third of it; a wrong model gives 1 and more.
GREATEST_ERROR = {
    "float32": 1e-5,
    "float16": 1e-2,
    "dynamic": 0.1,
    "int4": 0.8,
}
GREATEST_INTEGER_ERROR = 0.15


def flat(values):
    """Arrays in the order of the inputs of the model."""
    return [np.asarray(item) for item in keras.tree.flatten(values)]


def keras_outputs(model, data):
    """Outputs of Keras as a flat list."""
    return flat(
        keras.tree.map_structure(np.asarray, model.predict(data, verbose=0))
    )


@pytest.mark.parametrize("name, mode", CASES)
def test_computes_what_keras_computes(exported, name, mode):
    found = exported(name, mode)
    # Other samples than those that the export was calibrated and checked on.
    data = NETWORKS[name].sample(np.random.default_rng(9), 24)
    expected = keras_outputs(found.model, data)
    received = evaluate_tflite(found.path, data)
    received = received if isinstance(received, list) else [received]
    assert len(received) == len(expected)
    for wanted, values in zip(expected, received, strict=True):
        assert values.shape == wanted.shape
        assert wanted.std() > 0
        error = np.sqrt(np.mean((values - wanted) ** 2)) / wanted.std()
        assert error < GREATEST_ERROR.get(mode, GREATEST_INTEGER_ERROR)


@pytest.mark.parametrize("name, mode", CASES)
def test_keeps_names_order_and_shapes(exported, name, mode):
    found = exported(name, mode)
    interpreter = Interpreter(model_path=str(found.path))
    interpreter.allocate_tensors()
    details = interpreter.get_input_details()
    assert [x["name"] for x in details] == [x.name for x in found.report.inputs]
    assert all(x["shape"][0] == 1 for x in details)
    run = interpreter.get_signature_runner()
    by_name = {
        x.name: array[:1]
        for x, array in zip(found.report.inputs, flat(found.data), strict=True)
    }
    outputs = run(
        **{
            name: array.astype(run.get_input_details()[name]["dtype"])
            for name, array in by_name.items()
        }
    )
    expected = keras_outputs(
        found.model, keras.tree.map_structure(lambda x: x[:1], found.data)
    )
    names = [x.name for x in found.report.outputs]
    assert sorted(outputs) == sorted(names)
    for output_name, wanted in zip(names, expected, strict=True):
        assert outputs[output_name].shape == wanted.shape


@pytest.mark.parametrize("name, mode", CASES)
def test_report_tells_the_truth(exported, name, mode):
    found = exported(name, mode)
    report = found.report
    assert report.num_bytes == found.path.stat().st_size
    assert report.quantization == mode
    assert report.verification.num_samples == 60
    assert report.verification.origin == "representative_data"
    assert report.relative_error <= MODES.get(mode).tolerance.spread * 1.2
    assert json.loads(report.to_json()) == report.as_dict()
    assert str(found.path) in str(report)
    assert all(len(line) <= 120 for line in str(report).splitlines()[1:])
    summary = inspect_tflite(found.path)
    assert summary.operator_counts == report.operators
    assert summary.inputs == report.inputs
    assert summary.min_runtime == report.min_runtime


@pytest.mark.parametrize("mode", MODES.names())
def test_mode_describes_itself(mode):
    found = MODES.get(mode)
    assert isinstance(found, QuantizationMode)
    assert found.name == mode
    assert found == type(found)()
    assert 0 < found.tolerance.spread < 1


def test_files_shrink(exported):
    sizes = {
        mode: exported("residual", mode).report.num_bytes
        for mode in MODES.names()
    }
    assert sizes["float16"] < 0.6 * sizes["float32"]
    assert sizes["dynamic"] < 0.4 * sizes["float32"]
    assert sizes["int8"] < 0.4 * sizes["float32"]
    assert sizes["int16x8"] < 0.4 * sizes["float32"]
    assert sizes["int4"] < 0.75 * sizes["int8"]


def test_order_of_ends(exported):
    report = exported("several_ends").report
    assert [x.name for x in report.inputs] == ["right", "left"]
    assert [x.name for x in report.outputs] == ["third", "second", "first"]
    report = exported("named_ends").report
    assert [x.name for x in report.inputs] == ["a", "b"]
    assert [x.name for x in report.outputs] == ["cut", "sum"]
    assert exported("sequential").report.outputs[0].name == "scores"
