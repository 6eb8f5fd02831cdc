"""`tfprune sparsify`, from the words to the file."""

import json

import keras
import numpy as np
import pytest

from tests.export.sparsity.sparsify_test import (
    pruned_convolutions,
    pruned_dense,
)
from tfprune.export import evaluate_tflite, export_tflite


@pytest.fixture(scope="module")
def pruned(tmp_path_factory):
    """A file of dense layers with zeros in blocks of 4."""
    path = tmp_path_factory.mktemp("pruned") / "pruned.tflite"
    export_tflite(pruned_dense(4), path)
    return path


def test_writes_a_smaller_file_that_computes_the_same(
    command, pruned, tmp_path
):
    output, report = tmp_path / "sparse.tflite", tmp_path / "report.json"
    code, out, err = command(
        "sparsify", pruned, f"--output={output}", f"--json={report}"
    )
    assert (code, err) == (0, "")
    found = json.loads(report.read_text())
    assert found["bytes_before"] == pruned.stat().st_size
    assert found["bytes_after"] == output.stat().st_size
    assert f"{output}: {output.stat().st_size:,} bytes" in out
    data = np.random.default_rng(3).normal(size=(20, 64)).astype("f4")
    np.testing.assert_allclose(
        evaluate_tflite(output, data),
        evaluate_tflite(pruned, data),
        rtol=1e-4,
        atol=1e-4,
    )
    # One layer is wide enough for blocks, the other one is not.
    assert "1 of 2 weights, 1x4 blocks, FULLY_CONNECTED: faster on" in out
    assert "1 of 2 weights, single zeros, FULLY_CONNECTED: smaller file, " in (
        out
    )


def test_tells_which_convolutions_may_run_faster(command, tmp_path):
    dense, output = tmp_path / "dense.tflite", tmp_path / "sparse.tflite"
    export_tflite(pruned_convolutions(), dense)
    _, out, _ = command("sparsify", dense, f"--output={output}")
    assert (
        "1 of 3 weights, single zeros, CONV_2D: smaller file, same speed on "
        "x86-64; on ARM" in out
    )
    assert (
        "2 of 3 weights, single zeros, CONV_2D: smaller file, same speed "
        "everywhere" in out
    )


def test_an_older_file_stays(fails, command, pruned, tmp_path):
    output, report = tmp_path / "sparse.tflite", tmp_path / "report.json"
    output.write_text("mine")
    words = ("sparsify", pruned, f"--output={output}")
    assert "--overwrite" in fails(1, *words)
    report.write_text("mine")
    line = fails(
        1, "sparsify", pruned, f"--output={pruned}n", f"--json={report}"
    )
    assert f"'{report}' exists" in line
    assert output.read_text() == report.read_text() == "mine"
    assert command(*words, f"--json={report}", "--overwrite")[0] == 0
    assert output.read_bytes()[4:8] == b"TFL3"
    assert json.loads(report.read_text())["path"] == str(output)


def test_what_cannot_get_smaller_is_refused(fails, tmp_path):
    inputs = keras.Input((8,))
    model = keras.Model(inputs, keras.layers.Dense(4)(inputs))
    export_tflite(model, tmp_path / "full.tflite")
    output = tmp_path / "sparse.tflite"
    report = tmp_path / "report.json"
    line = fails(
        1,
        "sparsify",
        tmp_path / "full.tflite",
        f"--output={output}",
        f"--json={report}",
    )
    assert "gets smaller without its zeros: too few zeros." in line
    assert not output.exists() and not report.exists()


def test_what_is_no_tflite_file_is_refused(fails, tmp_path):
    output = f"--output={tmp_path / 'sparse.tflite'}"
    assert "is a folder" in fails(1, "sparsify", tmp_path, output)
    assert "No such file" in fails(1, "sparsify", tmp_path / "none", output)
    assert "one .tflite file" in fails(2, "sparsify", output)
    assert "--output" in fails(2, "sparsify", "a.tflite")
