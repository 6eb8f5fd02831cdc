"""`tfprune describe`, from the words to the files."""

import keras
import pytest

from tfprune.export import export_tflite, read_tflite
from tfprune.export.description.metadata_reader import read_facts


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A small float file: images of 4 x 4 to 3 classes."""
    path = tmp_path_factory.mktemp("describe") / "small.tflite"
    inputs = keras.Input((4, 4, 1))
    x = keras.layers.Flatten()(inputs)
    export_tflite(keras.Model(inputs, keras.layers.Dense(3)(x)), path)
    return path


@pytest.fixture
def labels(tmp_path):
    path = tmp_path / "labels.txt"
    path.write_text("cat\ndog\nbird\n")
    return path


def test_writes_three_files(command, model, labels, tmp_path):
    folder = tmp_path / "app"
    folder.mkdir()
    code, out, err = command(
        "describe",
        model,
        f"--output={folder / 'pets.tflite'}",
        f"--labels={labels}",
        "--mean=127.5",
        "--std=127.5",
        "--input_kind=image",
        "--name=pets",
        "--model_version=3",
    )
    assert (code, err) == (0, "")
    assert "pets 3, 3 labels, input: image, normalized" in out
    assert sorted(x.name for x in folder.iterdir()) == [
        "pets.md",
        "pets.tflite",
        "pets.tflite.sha256",
    ]
    facts = read_facts(read_tflite(folder / "pets.tflite"))
    assert facts.labels == ("cat", "dog", "bird")
    assert (facts.mean, facts.std) == ((127.5,), (127.5,))


def test_times_the_file_if_asked(command, model, tmp_path):
    code, out, err = command(
        "describe", model, f"--output={tmp_path / 'm.tflite'}", "--benchmark"
    )
    assert (code, err) == (0, "")
    assert " ms on 1 thread(s) of " in out
    assert "## How long it takes" in (tmp_path / "m.md").read_text()


def test_overwrite_is_asked_for(fails, command, model, tmp_path):
    words = ("describe", model, f"--output={tmp_path / 'new.tflite'}")
    assert command(*words)[0] == 0
    assert "not to exist" in fails(1, *words)
    assert command(*words, "--overwrite")[0] == 0


def test_labels_of_the_wrong_number(fails, model, labels, tmp_path):
    labels.write_text("cat\ndog\n")
    line = fails(
        1,
        "describe",
        model,
        f"--output={tmp_path / 'new.tflite'}",
        f"--labels={labels}",
    )
    assert "Expected 3 labels" in line and "Received: 2." in line
    assert not (tmp_path / "new.tflite").exists()


@pytest.mark.parametrize(
    "words, part",
    [
        ([], "Expected a file to describe"),
        (["m.tflite"], "Expected the flag --output"),
        (["m.tflite", "--output=n.tflite", "--mean=1"], "both --mean and"),
        (
            ["m.tflite", "--output=n.tflite", "--mean=x", "--std=1"],
            "Expected numbers for --mean",
        ),
        (["m.tflite", "--input_kind=sound"], "flag --input_kind=sound"),
    ],
)
def test_wrong_usage(fails, words, part):
    assert part in fails(2, "describe", *words)
