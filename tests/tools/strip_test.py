"""`tfprune strip`, from the words to the file."""

import json

import numpy as np
import pytest

from tests.export.channels.networks import (
    CONSTANT,
    DEAD,
    network,
    outputs,
    relative,
)


@pytest.fixture
def dying(tmp_path):
    """A file with channels that do nothing."""
    path = tmp_path / "dying.tflite"
    path.write_bytes(network(lambda x: np.float32(2) * x))
    return path


def test_writes_a_smaller_file_that_computes_the_same(command, dying, tmp_path):
    output, report = tmp_path / "small.tflite", tmp_path / "report.json"
    code, out, err = command(
        "strip", dying, f"--output={output}", f"--json={report}"
    )
    assert (code, err) == (0, "")
    found = json.loads(report.read_text())["stripped"]
    assert found["bytes_after"] < found["bytes_before"]
    small = output.read_bytes()
    assert relative(outputs(dying.read_bytes()), outputs(small)) < 1e-5
    # The first channel of the network is not read by anything.
    gone = len(DEAD) + len(CONSTANT) + 1
    assert f"{gone} dead channels removed" in out
    assert found["removed"] == gone


def test_an_older_file_stays(fails, command, dying, tmp_path):
    output = tmp_path / "small.tflite"
    output.write_text("mine")
    assert "--overwrite" in fails(1, "strip", dying, f"--output={output}")
    assert output.read_text() == "mine"
    code, _, err = command("strip", dying, f"--output={output}", "--overwrite")
    assert (code, err) == (0, "")
    assert output.read_bytes()[4:8] == b"TFL3"


def test_what_is_no_tflite_file_is_refused(fails, tmp_path):
    output = f"--output={tmp_path / 'small.tflite'}"
    assert "is a folder" in fails(1, "strip", tmp_path, output)
    text = tmp_path / "notes.txt"
    text.write_text("These are notes, and no model.")
    assert "TFL3" in fails(1, "strip", text, output)
    assert "one .tflite file" in fails(2, "strip", output)
    assert "--output" in fails(2, "strip", text)
