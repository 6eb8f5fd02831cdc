"""SavedModels of TensorFlow Model Optimization, beside tf_keras' outputs.

`benchmarks/tfmot_models.sh` makes them; the environment variable names their
folder.
"""

import os
from pathlib import Path

import numpy as np
import pytest

from tfprune.export import evaluate_tflite, export_tflite, read_tflite

FOLDER = os.environ.get("TFPRUNE_TFMOT_MODELS")
NAMES = [
    "plain",
    "pruned",
    "pruned_stripped",
    "clustered_stripped",
    "quantization_aware",
]
pytestmark = pytest.mark.skipif(
    not FOLDER, reason="TFPRUNE_TFMOT_MODELS names no folder"
)
# Of the spread of the outputs.
GREATEST_ERROR = {"float32": 1e-4, "dynamic": 0.1, "int8": 0.1}


def read(name):
    with np.load(Path(FOLDER) / f"{name}.npz") as archive:
        return archive["x"], archive["y"]


def error_of(path, x, y):
    difference = evaluate_tflite(path, x) - y
    return np.sqrt(np.mean(difference**2)) / y.std()


@pytest.mark.parametrize("mode", GREATEST_ERROR)
@pytest.mark.parametrize("name", NAMES)
def test_computes_what_tf_keras_computes(tmp_path, name, mode):
    x, y = read(name)
    path = tmp_path / "m.tflite"
    if name == "quantization_aware" and mode != "int8":
        mode = "float32"
    export_tflite(
        Path(FOLDER) / name,
        path,
        quantize=mode,
        representative_data=x,
    )
    assert error_of(path, x, y) < GREATEST_ERROR[mode]


def test_quantization_aware_model_keeps_its_ranges(tmp_path):
    x, y = read("quantization_aware")
    path = tmp_path / "m.tflite"
    report = export_tflite(
        Path(FOLDER) / "quantization_aware",
        path,
        quantize="int8",
        verify_data=x,
    )
    assert report.calibration_samples == 0
    # Within one step of the output of what was trained.
    scale = read_tflite(path).operators[-1].inputs[0].scale()
    received = evaluate_tflite(path, x)
    assert np.abs(received - y).max() <= 1.01 * scale
    assert (received.argmax(1) == y.argmax(1)).mean() > 0.95


@pytest.mark.parametrize("name", ["pruned", "pruned_stripped"])
def test_zeros_of_pruning_stay(tmp_path, name):
    path = tmp_path / "m.tflite"
    export_tflite(Path(FOLDER) / name, path)
    kernels = [
        tensor.data.view("float32")
        for tensor in read_tflite(path).main.tensors
        if tensor.dtype == "FLOAT32"
        and tensor.is_constant
        and tensor.size > 1000
    ]
    assert kernels
    assert all(np.mean(kernel == 0) > 0.45 for kernel in kernels)
