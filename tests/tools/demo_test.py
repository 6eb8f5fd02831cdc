"""`tfprune demo`, on a few epochs."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest

from tfprune import models
from tfprune.export import evaluate_tflite

FILES = [
    "baseline.tflite",
    "model.keras",
    "model_float32.tflite",
    "model_int8.tflite",
    "report.json",
    "widths.png",
]


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """The folder of a short demo, run as users run it."""
    out = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tfprune_console", "demo"),
            f"--output_dir={out}",
            *("--epochs=3", "--fine_tuning_epochs=1", "--strength=0.05"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (out / "stdout").write_text(done.stdout)
    (out / "stderr").write_text(done.stderr)
    return out


@pytest.fixture(scope="module")
def report(out):
    return json.loads((out / "report.json").read_text())


def test_all_files_and_one_table(out, report):
    names = {path.name for path in out.iterdir()}
    assert names == {*FILES, "stdout", "stderr"}
    text = (out / "stdout").read_text()
    for variant in report["variants"]:
        (row,) = (x for x in text.splitlines() if variant["name"] in x[:22])
        assert f" {variant['macs']:,} " in row
        assert f" {variant['num_bytes']:,} " in row
        assert f" {variant['accuracy']:.2%} " in row


def test_progress_is_seen(out):
    text = (out / "stderr").read_text()
    assert text.startswith("Baseline: ")
    assert "Baseline: 4 epochs in" in text
    assert "With a penalty on scales: 3 epochs in" in text
    assert "largest change of an output on 256 samples: " in text
    assert "Fine-tuning: 1 epochs in" in text
    assert text.endswith(f"The files are in {out}\n")


def test_numbers_are_those_of_the_files(out, report):
    data = models.data.load("digits")
    for variant in report["variants"]:
        scores = evaluate_tflite(out / variant["file"], data.x_test)
        expected = (scores.argmax(axis=1) == data.y_test).mean()
        assert variant["accuracy"] == expected
        assert variant["num_bytes"] == (out / variant["file"]).stat().st_size


def test_channels_are_gone_and_the_model_is_plain_keras(out, report):
    before, after = report["widths_before"], report["widths_after"]
    assert before["block_2_conv_0"] == 64 > after["block_2_conv_0"]
    assert 0 < report["macs_removed"] < 1
    model = keras.saving.load_model(out / "model.keras")
    assert model.get_layer("block_2_conv_0").filters == after["block_2_conv_0"]
    assert "tfprune" not in json.dumps(model.get_config())
    data = models.data.load("digits")
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(model(data.x_test[:9])),
        evaluate_tflite(out / "model_float32.tflite", data.x_test[:9]),
        atol=1e-4,
    )


def test_settings_are_kept(report):
    settings = report["details"]["settings"]
    assert settings["strength"] == 0.05 and settings["seed"] == 0
    assert settings["training"]["epochs"] == 3
    assert report["details"]["versions"]["keras"] == keras.__version__


def test_folder_that_cannot_be_written(fails, tmp_path):
    (tmp_path / "file").write_text("")
    line = fails(1, "demo", f"--output_dir={tmp_path / 'file'}")
    assert "Choose another --output_dir." in line
