"""`tfprune inspect`, from the words to the tables."""

import json

import pytest

import tfprune
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
    _, out, _ = command("inspect", folder / "model.keras", "--json")
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
    _, out, _ = command("inspect", other, "--json")
    assert json.loads(out)["num_bytes"] == tflite.stat().st_size


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
