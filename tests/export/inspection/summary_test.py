"""What is read from files: operators, bytes, MACs."""

import json

import keras
import numpy as np
import pytest
from keras import layers

from tfprune.export import export_tflite, inspect_tflite
from tfprune.export.flatbuffer.model import Operator
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.inspection.macs import count_macs


def rows(summary, name):
    return [row for row in summary.operators if row.name == name]


def test_macs_of_a_known_network(exported):
    summary = inspect_tflite(exported("residual").path)
    first, second = rows(summary, "CONV_2D")
    assert first.macs == 12 * 12 * 16 * 3 * 3 * 3
    assert second.macs == 12 * 12 * 16 * 3 * 3 * 16
    dense, classes = rows(summary, "FULLY_CONNECTED")
    assert dense.macs == 6 * 6 * 16 * 32
    assert classes.macs == 32 * 10
    assert summary.macs == sum(
        row.macs for row in (first, second, dense, classes)
    )
    assert rows(summary, "ADD")[0].macs is None


def test_macs_of_depthwise_convolutions(exported):
    summary = inspect_tflite(exported("depthwise", "int8").path)
    first, second = rows(summary, "DEPTHWISE_CONV_2D")
    assert first.macs == 12 * 12 * 3 * 4 * 3 * 3
    assert second.macs == 6 * 6 * 24 * 3 * 3


def test_macs_of_a_transposed_convolution(tmp_path):
    inputs = keras.Input((4, 4, 3))
    outputs = layers.Conv2DTranspose(5, 3, strides=2)(inputs)
    export_tflite(keras.Model(inputs, outputs), tmp_path / "m.tflite")
    summary = inspect_tflite(tmp_path / "m.tflite")
    assert rows(summary, "TRANSPOSE_CONV")[0].macs == 4 * 4 * 3 * 3 * 3 * 5


@pytest.mark.parametrize("adjoint", [False, True])
def test_macs_of_a_matrix_product(adjoint):
    class Options:
        adjX = adjoint

    left = (2, 7, 5) if adjoint else (2, 5, 7)
    operator = Operator(
        "BATCH_MATMUL",
        [Tensor("a", "FLOAT32", left), Tensor("b", "FLOAT32", (2, 7, 3))],
        [Tensor("c", "FLOAT32", (2, 5, 3))],
        options=Options(),
    )
    assert count_macs(operator) == 2 * 5 * 7 * 3


def test_macs_of_a_volume():
    operator = Operator(
        "CONV_3D",
        [
            Tensor("x", "FLOAT32", (1, 6, 6, 6, 2)),
            Tensor("w", "FLOAT32", (3, 3, 3, 2, 8)),
        ],
        [Tensor("y", "FLOAT32", (1, 4, 4, 4, 8))],
    )
    assert count_macs(operator) == 4 * 4 * 4 * 8 * 3 * 3 * 3 * 2


def test_bytes_of_constants(exported):
    found = exported("residual", "float16")
    summary = inspect_tflite(found.path)
    halves = next(x for x in summary.constants if x.dtype == "FLOAT16")
    # Batch normalizations were folded into kernels and biases.
    kernels = 3 * 3 * 3 * 16 + 3 * 3 * 16 * 16 + 576 * 32 + 32 * 10
    biases = 16 + 16 + 32 + 10
    assert halves.num_bytes == 2 * (kernels + biases)
    assert summary.weight_bytes < summary.num_bytes
    assert summary.num_bytes == found.path.stat().st_size


def test_renderings(exported):
    summary = inspect_tflite(exported("several_ends", "int8").path)
    assert json.loads(summary.to_json()) == summary.as_dict()
    assert summary.signatures == ("serving_default",)
    assert summary.num_subgraphs == 1
    text = str(summary)
    for expected in ("FULLY_CONNECTED", "INT8", "right", "third", "MACs"):
        assert expected in text
    assert not any(np.char.endswith(text.splitlines(), " "))
