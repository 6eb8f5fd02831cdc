"""`tfprune verify`, from two files to the exit code."""

import json

import numpy as np
import pytest

import tfprune
from tfprune import models
from tfprune.export import evaluate_tflite
from tfprune.saving.keras_file import load_keras_model


@pytest.fixture(scope="module")
def files(folder):
    """A float file, its float16 twin, and a file of another network."""
    model = load_keras_model(folder / "model.keras")
    paths = [folder / f"verify_{name}.tflite" for name in ("a", "b", "c")]
    tfprune.export_tflite(model, paths[0])
    tfprune.export_tflite(model, paths[1], quantize="float16")
    other = load_keras_model(folder / "model.keras")
    draw = np.random.default_rng(0)
    other.set_weights(
        [draw.normal(size=x.shape) ** 2 for x in other.get_weights()]
    )
    tfprune.export_tflite(other, paths[2])
    return paths


@pytest.fixture(scope="module")
def labelled(folder):
    digits = models.data.load("digits")
    path = folder / "labelled.npz"
    np.savez(path, x_test=digits.x_test[:50], y_test=digits.y_test[:50])
    return path


def test_figures_are_those_of_numpy(command, files, labelled, tmp_path):
    code, out, err = command(
        "verify", *files[:2], f"--data={labelled}", f"--json={tmp_path}/r.json"
    )
    assert (code, err) == (0, "")
    found = json.loads((tmp_path / "r.json").read_text())
    data = np.load(labelled)
    first, second = (
        evaluate_tflite(path, data["x_test"]).astype("f8") for path in files[:2]
    )
    difference = second - first
    (output,) = found["outputs"]
    assert output["max_abs_error"] == pytest.approx(np.abs(difference).max())
    ratio = np.linalg.norm(difference) / np.linalg.norm(first)
    assert output["relative_error"] == pytest.approx(ratio, rel=1e-4)
    assert output["snr_db"] == pytest.approx(-20 * np.log10(ratio), rel=1e-4)
    same = first.argmax(1) == second.argmax(1)
    assert output["agreement"] == same.mean()
    right = [(x.argmax(1) == data["y_test"]).mean() for x in (first, second)]
    assert found["accuracies"] == right
    assert f"Accuracy: {right[0]:.2%} and {right[1]:.2%}." in out


def test_a_file_equals_itself(command, files):
    code, out, err = command("verify", files[0], files[0], "--tolerance=0")
    assert (code, err) == (0, "")
    assert "equal" in out and "On 32 samples (random inputs)" in out


def test_files_that_differ_fail_after_the_table(command, files):
    code, out, err = command("verify", files[0], files[2])
    assert code == 1
    assert "SNR in dB" in out
    assert err.count("\n") == 1 and "Expected at most --tolerance=0.1." in err


def test_too_little_agreement_fails(command, files, labelled):
    code, _, err = command(
        "verify",
        files[0],
        files[2],
        f"--data={labelled}",
        "--tolerance=1e9",
        "--min_agreement=1",
    )
    assert code == 1
    assert "Expected at least --min_agreement=1." in err


def test_an_older_report_stays(fails, command, files, tmp_path):
    path = tmp_path / "r.json"
    path.write_text("mine")
    words = ["verify", files[0], files[0], f"--json={path}"]
    assert "exists. Choose another name" in fails(1, *words)
    assert path.read_text() == "mine"
    assert command(*words, "--overwrite")[0] == 0
    assert json.loads(path.read_text())["num_samples"] == 32


@pytest.mark.parametrize(
    "words, part",
    [
        ([], "Expected two .tflite files to compare. Received: none."),
        (["a"], "Received: a."),
        (["a", "b", "--tolerance=-1"], "--tolerance=-1"),
        (["a", "b", "--threads=0"], "--threads=0"),
    ],
)
def test_wrong_usage(fails, words, part):
    assert part in fails(2, "verify", *words)


def test_bad_files_and_data(fails, files, folder, tmp_path):
    assert "No such file" in fails(1, "verify", files[0], tmp_path / "none")
    line = fails(1, "verify", files[0], folder / "model.keras")
    assert "is not a TensorFlow Lite model" in line
    np.savez(tmp_path / "d.npz", np.zeros((3, 5), "f4"))
    line = fails(1, "verify", *files[:2], f"--data={tmp_path}/d.npz")
    assert "Received shape (3, 5)" in line
    np.savez(tmp_path / "l.npz", x=np.zeros((3, 8, 8, 1)), y=np.zeros(2))
    line = fails(1, "verify", *files[:2], f"--data={tmp_path}/l.npz")
    assert "for 2 labels" in line
