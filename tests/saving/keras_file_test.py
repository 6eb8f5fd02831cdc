"""Files that are, or are not, Keras models."""

import json
import zipfile

import keras
import pytest

from tfprune import models
from tfprune.errors import InvalidInputError
from tfprune.saving.keras_file import load_keras_model


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Holds a small model."""
    folder = tmp_path_factory.mktemp("keras_file")
    models.get("residual_cnn")(widths=(4, 6)).save(folder / "model.keras")
    return folder


def changed(folder, path, **parts):
    """Copies the model with some of its parts replaced, or left out."""
    with zipfile.ZipFile(folder / "model.keras") as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    names = {"config": "config.json", "weights": "model.weights.h5"}
    for part, replacement in parts.items():
        content[names[part]] = replacement
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            if data is not None:
                archive.writestr(name, data)
    return path


def config_of(folder):
    with zipfile.ZipFile(folder / "model.keras") as archive:
        return json.loads(archive.read("config.json"))


def refusal(path):
    with pytest.raises(InvalidInputError) as caught:
        load_keras_model(path)
    return str(caught.value)


def test_reads_what_keras_wrote(folder):
    model = load_keras_model(folder / "model.keras")
    assert model.name == "residual_cnn"
    assert not model.compiled


def test_missing(tmp_path):
    assert "No such file or directory. Check the path." in refusal(
        tmp_path / "no.keras"
    )


def test_folder(tmp_path):
    assert "which is a folder" in refusal(tmp_path)


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_cut_short(folder, tmp_path, share):
    content = (folder / "model.keras").read_bytes()
    path = tmp_path / "short.keras"
    path.write_bytes(content[: int(share * len(content))])
    assert "is damaged or cut short" in refusal(path)


def test_flipped_byte(folder, tmp_path):
    content = bytearray((folder / "model.keras").read_bytes())
    content[len(content) // 2] ^= 255
    path = tmp_path / "flipped.keras"
    path.write_bytes(bytes(content))
    assert "is damaged or cut short" in refusal(path)


@pytest.mark.parametrize("content", [b"", b"GIF89a" * 50, b"\x89HDF\r\n\x1a\n"])
def test_foreign(tmp_path, content):
    path = tmp_path / "foreign.keras"
    path.write_bytes(content)
    assert f"Received: {content[:4]!r}." in refusal(path)


def test_other_archive(tmp_path):
    path = tmp_path / "other.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "expected 'config.json' in the archive" in refusal(path)
    assert "Received: readme.txt." in refusal(path)


@pytest.mark.parametrize(
    "parts",
    [
        {"config": b"{nope"},
        {"config": b"[1]"},
        {"config": b"{}"},
        {"weights": b"junk"},
        {"weights": None},
    ],
)
def test_contents_that_make_no_model(folder, tmp_path, parts):
    path = changed(folder, tmp_path / "m.keras", **parts)
    text = refusal(path)
    assert text.startswith(f"Keras cannot make a model of '{path}': ")
    assert "\n" not in text


def test_unknown_class_is_named(folder, tmp_path):
    config = config_of(folder)
    config["config"]["layers"][2].update(
        module="mine", class_name="Mine", registered_name="mine>Mine"
    )
    path = changed(
        folder, tmp_path / "m.keras", config=json.dumps(config).encode()
    )
    assert "needs the class 'Mine'" in refusal(path)


def test_python_code_is_not_run(tmp_path):
    inputs = keras.Input((4,))
    outputs = keras.layers.Lambda(lambda x: 2 * x)(inputs)
    keras.Model(inputs, outputs).save(tmp_path / "m.keras")
    assert "holds Python code (a Lambda layer)" in refusal(tmp_path / "m.keras")


def test_lone_layer_is_no_model(folder, tmp_path):
    config = keras.saving.serialize_keras_object(keras.layers.ReLU())
    path = changed(
        folder, tmp_path / "m.keras", config=json.dumps(config).encode()
    )
    text = refusal(path)
    assert "Expected a Keras model in" in text
    assert "Received: a ReLU." in text
