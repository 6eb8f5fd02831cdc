"""`tfprune compress`, from the words to the files."""

import json

import keras
import numpy as np
import pytest

import tfprune
from tfprune.export import export_tflite, inspect_tflite
from tfprune.layers import QuantConv2D, presets
from tfprune.saving.keras_file import load_keras_model

FILES = [
    "baseline.tflite",
    "model.keras",
    "model_float16.tflite",
    "model_int8.tflite",
    "report.json",
    "widths.png",
]


@pytest.fixture
def out(tmp_path):
    return tmp_path / "made" / "out"


def test_model_and_data_of_the_user(command, folder, out):
    code, text, err = command(
        "compress",
        folder / "model.keras",
        f"--data={folder / 'data.npz'}",
        "--macs=0.5",
        "--min_channels=2",
        "--exclude=block_0_conv_0$",
        "--epochs=1",
        "--quantize=float16,int8",
        f"--output_dir={out}",
    )
    assert code == 0, err
    assert "Fine-tuning: 1 epochs in" in err
    assert err.endswith(f"The files are in {out}\n")
    assert sorted(path.name for path in out.iterdir()) == FILES
    for name in ("baseline float32", "pruned float16", "pruned int8"):
        assert f"\n  {name} " in text
    report = json.loads((out / "report.json").read_text())
    before = load_keras_model(folder / "model.keras")
    after = load_keras_model(out / "model.keras")
    first, second, third = report["variants"]
    assert first["macs"] == tfprune.profile(before).macs
    assert third["macs"] == tfprune.profile(after).macs <= 0.5 * first["macs"]
    for variant in (first, second, third):
        path = out / variant["file"]
        assert variant["num_bytes"] == path.stat().st_size
        assert 0 <= variant["accuracy"] <= 1 and variant["latency_ms"] > 0
    assert inspect_tflite(out / "model_int8.tflite").macs == third["macs"]
    assert report["widths_after"]["block_0_conv_0"] == 4
    assert min(report["widths_after"].values()) >= 2
    assert report["details"]["settings"]["selection"]["macs"] == 0.5


def test_reference_network_is_trained_first(command, folder, out):
    code, _, err = command(
        "compress",
        "--model=lenet_300_100",
        f"--data={folder / 'data.npz'}",
        "--sparsity=0.5",
        "--scope=layer",
        "--criterion=random",
        "--epochs=1",
        "--quantize=float32",
        f"--output_dir={out}",
    )
    assert code == 0, err
    assert "Baseline: 1 epochs" in err and "Fine-tuning: 1 epochs" in err
    report = json.loads((out / "report.json").read_text())
    assert report["widths_after"] == {"fc1": 150, "fc2": 50, "predictions": 10}


def test_no_fine_tuning_keeps_weights_and_accuracy_is_that_of_the_file(
    command, folder, out
):
    code, _, err = command(
        "compress",
        folder / "model.keras",
        f"--data={folder / 'data.npz'}",
        "--macs=1",
        "--epochs=0",
        "--quantize=float32",
        f"--output_dir={out}",
    )
    assert code == 0, err
    before = load_keras_model(folder / "model.keras")
    after = load_keras_model(out / "model.keras")
    for a, b in zip(before.weights, after.weights, strict=True):
        np.testing.assert_array_equal(a, b)
    with np.load(folder / "data.npz") as data:
        outputs = keras.ops.convert_to_numpy(before(data["x_test"]))
        expected = (outputs.argmax(axis=1) == data["y_test"]).mean()
    report = json.loads((out / "report.json").read_text())
    assert report["variants"][0]["accuracy"] == expected
    assert report["variants"][1]["accuracy_change"] == 0
    assert report["macs_removed"] == 0


@pytest.mark.parametrize("preset", [presets.dorefa(2, 2), presets.bnn()])
def test_layers_of_few_bits_stay_so(command, folder, tmp_path, out, preset):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 1))
    x = keras.layers.Conv2D(8, 3, name="first")(inputs)
    x = QuantConv2D(8, 3, name="few", use_bias=False, **preset)(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, keras.layers.Dense(10)(x))
    model.save(tmp_path / "few.keras")
    code, text, err = command(
        "compress",
        tmp_path / "few.keras",
        f"--data={folder / 'data.npz'}",
        "--macs=0.5",
        "--epochs=0",
        f"--output_dir={out}",
    )
    assert code == 0, err
    assert sorted(path.name for path in out.glob("*.tflite")) == [
        "baseline.tflite",
        "model_float32.tflite",
        "model_low_bit.tflite",
    ]
    for name in ("baseline float32", "pruned float32", "pruned low_bit"):
        assert f"\n  {name} " in text
    report = json.loads((out / "report.json").read_text())
    modes = ["float32", "low_bit"]
    assert report["details"]["settings"]["quantize"] == modes
    written = [x["quantization"] for x in report["details"]["exports"]]
    assert written == ["float32", *modes]
    default = tmp_path / "default.tflite"
    export_tflite(load_keras_model(out / "model.keras"), default)
    assert (out / "model_low_bit.tflite").read_bytes() == default.read_bytes()


def test_other_models_become_float32_and_int8(command, folder, out):
    code, text, err = command(
        "compress",
        folder / "model.keras",
        f"--data={folder / 'data.npz'}",
        "--macs=0.5",
        "--epochs=0",
        f"--output_dir={out}",
    )
    assert code == 0, err
    assert "\n  pruned float32 " in text and "\n  pruned int8 " in text


@pytest.mark.parametrize(
    "words, part",
    [
        (["--macs=0.5"], "Expected one of --keras_model and --model."),
        (
            ["a.keras", "--model=vgg", "--macs=0.5"],
            "--keras_model and --model. Received both.",
        ),
        (["--model=vg", "--macs=0.5"], "Did you mean 'vgg'?"),
        (["a.keras"], "Expected exactly one of"),
        (["a.keras", "--macs=0.5", "--sparsity=0.5"], "sparsity=0.5, macs=0.5"),
        (["a.keras", "--macs=0"], "Received: macs=0.0."),
        (["a.keras", "--macs=1.5"], "Received: macs=1.5."),
        (["a.keras", "--macs=nan"], "Received: macs=nan."),
        (["a.keras", "--parameters=-1"], "Received: parameters=-1.0."),
        (["a.keras", "--sparsity=1"], "Received: sparsity=1.0."),
        (
            ["a.keras", "--macs=0.5", "--criterion=l1_nrom"],
            "Unknown criterion 'l1_nrom'. Did you mean 'l1_norm'?",
        ),
        (["a.keras", "--macs=0.5", "--scope=globl"], "Did you mean 'global'?"),
        (["a.keras", "--macs=0.5", "--round_to=0"], "Received: round_to=0."),
        (["a.keras", "--macs=0.5", "--min_channels=0"], "min_channels=0."),
        (["a.keras", "--macs=0.5", "--quantize=int7"], "Did you mean 'int8'?"),
        (["a.keras", "--macs=0.5", "--quantize="], "Received: none."),
        (
            ["a.keras", "--macs=0.5", "--quantize=int8,int8"],
            "Received: int8,int8.",
        ),
        (["a.keras", "--macs=0.5", "--dataset=mnits"], "Did you mean 'mnist'?"),
        (
            ["a.keras", "--macs=0.5", "--dataset=mnist", "--data=x.npz"],
            "one of --dataset and --data. Received both.",
        ),
        (["--model=vgg", "--macs=0.5", "--epochs=0"], "--epochs of at least 1"),
    ],
)
def test_wrong_usage_makes_nothing(fails, out, words, part):
    assert part in fails(2, "compress", *words, f"--output_dir={out}")
    assert not out.parent.exists()


@pytest.mark.parametrize(
    "words, part",
    [
        (["--macs=0.5", "--exclude=nope"], "No layer's name matches 'nope'."),
        (["--macs=0.0001"], "macs"),
        (["--macs=0.5", "--data=/no/such.npz"], "/no/such.npz"),
        (
            ["--macs=0.5", "--dataset=mnist", "--data_dir=/no"],
            "/no/mnist.npz",
        ),
    ],
)
def test_failure_before_training_makes_nothing(fails, folder, out, words, part):
    model = folder / "model.keras"
    line = fails(1, "compress", model, *words, f"--output_dir={out}")
    assert part in line
    assert not out.parent.exists()


def test_reference_network_that_does_not_fit_the_data(fails, out):
    line = fails(
        1, "compress", "--model=lenet_5", "--macs=0.5", f"--output_dir={out}"
    )
    assert "Model 'lenet_5' cannot take samples of the shape (8, 8, 1)" in line


def test_model_that_does_not_fit_the_data(fails, tmp_path, out):
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(8), keras.layers.Dense(10)]
    )
    model.save(tmp_path / "m.keras")
    line = fails(
        1, "compress", tmp_path / "m.keras", "--macs=0.5", f"--output_dir={out}"
    )
    assert "Received: model 'sequential" in line and "(None, 4)" in line


def test_folder_that_cannot_be_written(fails, folder, tmp_path):
    (tmp_path / "file").write_text("")
    line = fails(
        1,
        "compress",
        folder / "model.keras",
        "--macs=0.5",
        f"--output_dir={tmp_path / 'file' / 'out'}",
    )
    assert "Choose another --output_dir." in line


def test_training_that_diverges_writes_no_file(command, folder, out):
    code, text, err = command(
        "compress",
        folder / "model.keras",
        "--macs=0.5",
        "--epochs=5",
        "--learning_rate=1e30",
        f"--output_dir={out}",
    )
    assert (code, text) == (1, "")
    assert "Fine-tuning: the loss is nan after epoch" in err
    assert "Traceback" not in err
    assert not list(out.iterdir())
