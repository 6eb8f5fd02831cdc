"""`tfprune inspect`, from the words to the tables."""

import json

import keras
import numpy as np
import pytest

import tfprune
from tfprune.export import dump, read_tflite
from tfprune.profiling import GroupCosts
from tfprune.saving.keras_file import load_keras_model


@pytest.fixture(scope="module")
def tflite(folder):
    path = folder / "model.tflite"
    tfprune.export_tflite(load_keras_model(folder / "model.keras"), path)
    return path


def test_profile_and_groups_of_a_keras_file(command, folder):
    model = load_keras_model(folder / "model.keras")
    code, out, err = command("inspect", folder / "model.keras")
    assert (code, err) == (0, "")
    assert out == f"{tfprune.profile(model)}\n\n{tfprune.trace(model)}\n"


def test_groups_are_printed_whole(command, folder):
    _, out, _ = command(
        "inspect", f"--keras_model={folder / 'model.keras'}", "--groups"
    )
    model = load_keras_model(folder / "model.keras")
    graph = tfprune.trace(model)
    for group in graph.groups():
        assert str(group) in out
    assert str(GroupCosts.of(graph)) in out


def test_keras_file_as_json(command, folder):
    _, out, _ = command("inspect", folder / "model.keras", "--json=-")
    content = json.loads(out)
    model = load_keras_model(folder / "model.keras")
    assert content["profile"]["macs"] == tfprune.profile(model).macs
    assert content["num_bytes"] == (folder / "model.keras").stat().st_size
    inner = content["groups"][1]
    assert (inner["name"], inner["channels"]) == ("block_0_conv_0", 4)
    assert inner["prunable"] and not inner["frozen"]
    assert inner["slices"][0] == {
        "layer": "block_0_conv_0",
        "weight": "kernel",
        "axis": 3,
        "role": "out",
        "positions": 4,
    }
    assert content["groups"][-1]["frozen"][-1]["reason"] == "model output"


def test_tflite_file(command, tflite, tmp_path):
    code, out, err = command("inspect", tflite)
    assert (code, err) == (0, "")
    assert "CONV_2D" in out and f"{tflite.stat().st_size:,} bytes" in out
    # The mark in the file counts, not its name.
    other = tmp_path / "model.bin"
    other.write_bytes(tflite.read_bytes())
    _, out, _ = command("inspect", other, "--json=-")
    assert json.loads(out)["num_bytes"] == tflite.stat().st_size


def test_operators_of_a_tflite_file(command, tflite):
    _, out, _ = command("inspect", tflite, "--operators")
    assert out.endswith(f"\n\n{dump(read_tflite(tflite))}\n")
    assert "padding=SAME" in out


def test_json_file_beside_the_tables(command, fails, tflite, tmp_path):
    path = tmp_path / "summary.json"
    words = ["inspect", tflite, f"--json={path}"]
    code, out, _ = command(*words)
    assert code == 0 and "CONV_2D" in out
    found = json.loads(path.read_text())
    assert found["num_bytes"] == tflite.stat().st_size
    assert "exists. Choose another name" in fails(1, *words)
    assert command(*words, "--overwrite")[0] == 0


def test_saved_model(command, folder):
    model = load_keras_model(folder / "model.keras")
    path = folder / "saved_model"
    model.export(path, verbose=False)
    code, out, err = command("inspect", path)
    assert (code, err) == (0, "")
    assert "serving_default" in out and "Conv2D" in out
    _, out, _ = command("inspect", f"--saved_model_dir={path}", "--json=-")
    found = json.loads(out)
    # Keras stores each variable under two names.
    sizes = sorted(
        int(np.prod(x["shape"]))
        for x in found["variables"]
        if x["name"].startswith("variables/")
    )
    weights = sorted(int(np.prod(x.shape)) for x in model.weights)
    assert sizes == weights
    assert found["num_bytes"] == sum(
        x.stat().st_size for x in path.rglob("*") if x.is_file()
    )
    ends = {
        x["end"]: x["shape"]
        for x in found["ends"]
        if x["signature"] == "serving_default"
    }
    assert ends == {"input": [None, 8, 8, 1], "output": [None, 10]}
    convolutions = sum(isinstance(x, keras.layers.Conv2D) for x in model.layers)
    # The export holds the graph once for each of its signatures.
    counts = dict(found["operations"])
    assert counts["Conv2D"] % convolutions == 0


def test_damaged_saved_models(fails, tmp_path):
    line = fails(1, "inspect", tmp_path)
    assert "Expected a SavedModel in" in line
    (tmp_path / "saved_model.pb").write_bytes(b"\xff" * 50)
    line = fails(1, "inspect", tmp_path)
    assert "is damaged: " in line
    (tmp_path / "saved_model.pb").write_bytes(b"")
    assert "it holds no graph" in fails(1, "inspect", tmp_path)


@pytest.mark.parametrize(
    "words, part",
    [
        ([], "Expected a file to inspect. Received none."),
        (["a.keras", "b.keras"], "Received: a.keras, b.keras."),
        (
            ["--keras_model=a", "--tflite=b"],
            "Received: --keras_model=a, --tflite=b.",
        ),
        (["--tflite=b", "--groups"], "--groups needs a .keras file"),
        (["a.keras", "--operators"], "--operators needs a .tflite file"),
    ],
)
def test_wrong_usage(fails, words, part):
    assert part in fails(2, "inspect", *words)


@pytest.mark.parametrize(
    "name, content, part",
    [
        ("a.keras", None, "No such file"),
        ("a.tflite", None, "No such file"),
        ("a.txt", b"text", "is not a .keras file"),
        ("a.tflite", b"\x1c\0\0\0TFL3", "do not form a valid"),
    ],
)
def test_bad_files(fails, tmp_path, name, content, part):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert part in fails(1, "inspect", tmp_path / name)


def test_foreign_file_under_the_flag(fails, folder):
    line = fails(1, "inspect", f"--tflite={folder / 'model.keras'}")
    assert "is not a TensorFlow Lite model" in line
