"""`tfprune check`, from the words to the exit code."""

import json

import pytest

from tfprune.export import read_tflite, serialize


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A float file, one that old runtimes refuse, one with a foreign part."""
    import keras

    from tfprune.export import export_tflite

    folder = tmp_path_factory.mktemp("check")
    inputs = keras.Input((6, 8))
    x = keras.layers.Dense(4, activation="relu")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(3)(x))
    export_tflite(model, folder / "float.tflite")
    flatbuffer = read_tflite(folder / "float.tflite")
    flatbuffer.operators[0].version = 14
    (folder / "new.tflite").write_bytes(serialize(flatbuffer))
    flatbuffer = read_tflite(folder / "float.tflite")
    flatbuffer.operators[0].name = "NON_MAX_SUPPRESSION_V4"
    (folder / "mixed.tflite").write_bytes(serialize(flatbuffer))
    return folder


def test_prints_the_verdict(command, files):
    code, out, err = command("check", files / "float.tflite")
    assert (code, err) == (0, "")
    assert "float.tflite: fits on LiteRT 2.3 (2 of 2 operators)" in out
    assert out.count("FULLY_CONNECTED") == 2


def test_refused_file_fails_after_the_table(command, files):
    code, out, err = command(
        "check", files / "new.tflite", "--target=tflite-2.14"
    )
    assert code == 1
    assert "needs version 14" in out
    assert err.startswith("tfprune check: ")
    assert "does not run on TensorFlow Lite 2.14: 1 of 2 operators" in err
    assert err.count("\n") == 1


def test_whole_asks_for_every_operator(command, files):
    words = ("check", f"--tflite={files / 'mixed.tflite'}", "--target=gpu")
    code, out, err = command(*words)
    assert (code, err) == (0, "")
    assert "runs in part" in out
    code, _, err = command(*words, "--whole")
    assert code == 1
    assert "runs in part on the GPU delegate" in err


def test_json_is_written_even_for_refused_files(command, files, tmp_path):
    path = tmp_path / "check.json"
    code, _, _ = command(
        "check", files / "float.tflite", "--target=edgetpu", f"--json={path}"
    )
    assert code == 1
    content = json.loads(path.read_text())
    assert content["target"] == "edgetpu"
    assert content["runs"] is False and content["fits"] is False
    assert content["operators"][0]["rule"] == "integer_types"


def test_json_replaces_nothing_without_leave(command, fails, files, tmp_path):
    path = tmp_path / "check.json"
    path.write_text("{}")
    words = ("check", files / "float.tflite", f"--json={path}")
    assert "with --overwrite" in fails(1, *words)
    assert path.read_text() == "{}"
    assert command(*words, "--overwrite")[0] == 0
    assert json.loads(path.read_text())["fits"] is True


def test_unknown_target_is_wrong_usage(fails, files):
    line = fails(2, "check", files / "float.tflite", "--target=edgtpu")
    assert "Unknown target 'edgtpu'. Did you mean 'edgetpu'?" in line


def test_no_file_is_wrong_usage(fails):
    assert "Expected a file to check." in fails(2, "check")


def test_missing_file(fails):
    assert "No such file" in fails(1, "check", "/no/such.tflite")
