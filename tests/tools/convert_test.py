"""`tfprune convert`, from the words to the file."""

import json
import re

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfprune
from tfprune.export import (
    MODES,
    find_low_bit_layers,
    inspect_tflite,
    read_tflite,
)
from tfprune.layers import QuantDense, presets


@pytest.fixture
def output(tmp_path):
    return tmp_path / "new.tflite"


def typical(tmp_path, **arrays):
    np.savez(tmp_path / "typical.npz", **arrays)
    return f"--representative_data={tmp_path / 'typical.npz'}"


def test_writes_a_file_and_prints_its_report(command, folder, output):
    code, out, err = command(
        "convert", folder / "model.keras", f"--output={output}"
    )
    assert (code, err) == (0, "")
    assert f"{output}: {output.stat().st_size:,} bytes, float32" in out
    assert [path.name for path in output.parent.iterdir()] == [output.name]


def test_int8_from_an_npz_file(command, folder, output):
    code, out, err = command(
        "convert",
        f"--keras_model={folder / 'model.keras'}",
        f"--output={output}",
        "--quantize=int8",
        f"--representative_data={folder / 'typical.npz'}",
        "--input_type=uint8",
        "--output_type=int8",
    )
    assert code == 0, err
    assert " bytes, int8" in out
    summary = inspect_tflite(output)
    assert summary.inputs[0].dtype == "uint8"
    assert summary.outputs[0].dtype == "int8"


@pytest.mark.parametrize(
    "words, count",
    [
        ([], 1),
        (["--per_tensor_dense"], 1),
        (["--noper_tensor_dense"], 10),
        (["--quantize=*=int8,block*=float32", "--noper_tensor_dense"], 10),
    ],
)
def test_scales_of_dense_layers(command, folder, output, words, count):
    code, _, err = command(
        "convert",
        folder / "model.keras",
        f"--output={output}",
        "--quantize=int8",
        f"--representative_data={folder / 'typical.npz'}",
        *words,
    )
    assert code == 0, err
    (dense,) = [
        operator
        for operator in read_tflite(output).operators
        if operator.name == "FULLY_CONNECTED"
    ]
    assert dense.inputs[1].quantization.scales.size == count


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Files of models that have a mode of their own, by its name."""
    folder = tmp_path_factory.mktemp("trained")
    keras.utils.set_random_seed(1)
    images = np.random.default_rng(0).normal(size=(60, 6)).astype("f4")
    inputs = keras.Input((6,))
    plain = keras.Model(inputs, keras.layers.Dense(4)(inputs))
    signs = QuantDense(32, use_bias=False, **presets.bnn())
    few = keras.Model(inputs, signs(keras.layers.Dense(32)(inputs)))
    aware = tfprune.quantize_aware(plain, representative_data=images)
    models = {"float32": plain, "int8": aware, "low_bit": few}
    for name, model in models.items():
        model.save(folder / f"{name}.keras")
    return folder


@pytest.mark.parametrize("mode", ["float32", "low_bit"])
def test_says_which_default_has_no_scales(fails, trained, output, mode):
    words = ["convert", trained / f"{mode}.keras", f"--output={output}"]
    error = fails(1, *words, "--noper_tensor_dense")
    assert f"Quantization mode '{mode}' has no `per_tensor_dense`." in error
    assert not output.exists()


def test_scales_of_a_default(command, trained, output):
    code, out, err = command(
        "convert",
        trained / "int8.keras",
        f"--output={output}",
        "--noper_tensor_dense",
    )
    assert code == 0, err
    assert " bytes, int8" in out


@pytest.mark.parametrize("dtype", ["int2", "int4", "int8"])
def test_types_of_weights_of_few_bits(command, trained, output, dtype):
    code, out, err = command(
        "convert",
        trained / "low_bit.keras",
        f"--output={output}",
        f"--low_bit_weights={dtype}",
    )
    assert code == 0, err
    assert " bytes, low_bit" in out
    (few,) = find_low_bit_layers(output)
    assert few.dtype == dtype.upper()


def test_help_names_all_modes(command):
    _, out, _ = command("convert", "--help")
    *_, text = re.findall(r"--quantize\b(.*?)--", out, re.DOTALL)
    for mode in MODES.names():
        assert re.search(rf"\b{mode}\b", text)


def test_report_of_the_layers(command, folder, output, tmp_path):
    report = tmp_path / "report.json"
    code, out, err = command(
        "convert",
        folder / "model.keras",
        f"--output={output}",
        "--quantize=int8",
        f"--representative_data={folder / 'typical.npz'}",
        "--layer_report",
        f"--json={report}",
    )
    assert code == 0, err
    found = json.loads(report.read_text())["layer_report"]
    assert found["quantization"] == "int8"
    assert sum(x["share"] for x in found["layers"]) == pytest.approx(1)
    _, table = out.split("\n\nint8: ")
    assert table.count("CONV_2D") == sum(
        x["operator"] == "CONV_2D" for x in found["layers"]
    )


def test_arrays_by_input_name_and_open_sizes(command, tmp_path, output):
    a, b = keras.Input((2,), name="a"), keras.Input((2,), name="b")
    keras.Model([a, b], keras.layers.Add()([a, b])).save(tmp_path / "m.keras")
    data = typical(tmp_path, b=np.ones((9, 2), "f4"), a=np.eye(9, 2))
    code, _, err = command(
        "convert", tmp_path / "m.keras", f"--output={output}", data
    )
    assert code == 0, err
    x = keras.Input((None, None, 1))
    keras.Model(x, keras.layers.ReLU()(x)).save(tmp_path / "open.keras")
    code, _, err = command(
        "convert",
        tmp_path / "open.keras",
        f"--output={output}",
        "--input_shape=4,6,1",
        "--overwrite",
    )
    assert code == 0, err
    assert inspect_tflite(output).inputs[0].shape == (1, 4, 6, 1)


@pytest.mark.parametrize(
    "words, part",
    [
        ([], "Expected one model: its path, or --keras_model"),
        (["m.keras"], "Expected the flag --output. It was not given."),
        (
            ["m.keras", "--keras_model=n.keras", "--output=o"],
            "Expected one model. Received: m.keras, --keras_model=n.keras.",
        ),
        (["m.keras", "--output=o", "--quantize=int9"], "Did you mean 'int8'?"),
        (["m.keras", "--output=o", "--input_shape=4,x"], "Received: 4,x."),
        (
            ["m.keras", "--output=o", "--quantize=int4", "--per_tensor_dense"],
            "'int4' has no `per_tensor_dense`. Expected one of: dynamic, ",
        ),
        (
            [
                "m.keras",
                "--output=o",
                "--quantize=int8",
                "--low_bit_weights=int2",
            ],
            "Expected --low_bit_weights with --quantize=low_bit. Received: ",
        ),
        (["m.keras", "--output=o", "--quantize=a=int8,b"], "pattern=mode with"),
    ],
)
def test_wrong_usage(fails, words, part):
    assert part in fails(2, "convert", *words)


@pytest.mark.parametrize(
    "content, part",
    [
        (None, "No such file or directory"),
        (b"\0\0\0\0TFL3", "is damaged or cut short"),
        (b"", "is not a .keras file"),
        (b"hello", "is not a .keras file"),
        (b"PK\x03\x04cut", "is damaged or cut short"),
    ],
)
def test_bad_models_leave_the_old_file(fails, tmp_path, output, content, part):
    output.write_text("good")
    model = tmp_path / "bad.keras"
    if content is not None:
        model.write_bytes(content)
    line = fails(1, "convert", model, f"--output={output}", "--overwrite")
    assert part in line and str(model) in line
    assert output.read_text() == "good"


@pytest.mark.parametrize(
    "arrays, part",
    [
        ({"x": np.ones((60, 9, 9, 1), "f4")}, "Received shape (60, 9, 9, 1)."),
        ({"x": np.array([["a"]] * 60)}, "Received"),
        ({"x": np.ones((0, 8, 8, 1), "f4")}, "Received none."),
        ({"x": np.full((60, 8, 8, 1), np.nan)}, "Received NaN or infinity"),
        ({"x": np.ones((60, 8, 8, 1)) * 1j}, "Received dtype complex128."),
        ({"a": np.ones(1), "b": np.ones(1)}, "Received ['a', 'b']."),
        ({}, "Received []."),
    ],
)
def test_bad_data_leave_the_old_file(
    fails, folder, tmp_path, output, arrays, part
):
    output.write_text("good")
    line = fails(
        1,
        "convert",
        folder / "model.keras",
        f"--output={output}",
        "--quantize=int8",
        "--overwrite",
        typical(tmp_path, **arrays),
    )
    assert part in line
    assert output.read_text() == "good"
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["new.tflite", "typical.npz"]


def test_integer_ends_need_integers_inside(fails, folder, output):
    model = folder / "model.keras"
    words = ("convert", model, f"--output={output}", "--input_type=int8")
    assert "Received: 'int8'" in fails(1, *words)
    assert not list(output.parent.iterdir())


def test_int8_needs_data(fails, folder, output):
    line = fails(
        1,
        "convert",
        folder / "model.keras",
        f"--output={output}",
        "--quantize=int8",
    )
    assert "needs `representative_data`" in line
    assert not list(output.parent.iterdir())


def test_output_that_cannot_be_written(fails, folder, tmp_path):
    model = folder / "model.keras"
    path = tmp_path / "none" / "o.tflite"
    assert "there is no folder" in fails(
        1, "convert", model, f"--output={path}"
    )
    assert "is a folder" in fails(1, "convert", model, f"--output={tmp_path}")


def test_signature_of_a_saved_model(command, fails, tmp_path, output):
    inputs = keras.Input((4,), name="values")
    model = keras.Model(inputs, keras.layers.Dense(2, name="sums")(inputs))
    model.export(tmp_path / "saved", verbose=False)
    flag = f"--saved_model_dir={tmp_path / 'saved'}"
    line = fails(1, "convert", flag, f"--output={output}", "--signature=srve")
    assert "Its signatures are: serve, serving_default." in line
    code, _, err = command(
        "convert", flag, f"--output={output}", "--signature=serve"
    )
    assert code == 0, err
    assert inspect_tflite(output).inputs[0].name == "values"


def test_tflite_is_quantized(command, folder, output, tmp_path):
    plain = tmp_path / "plain.tflite"
    command("convert", folder / "model.keras", f"--output={plain}")
    code, out, err = command(
        "convert",
        f"--tflite={plain}",
        f"--output={output}",
        "--quantize=int8",
        f"--representative_data={folder / 'typical.npz'}",
    )
    assert code == 0, err
    assert " bytes, int8" in out
    assert output.stat().st_size < plain.stat().st_size


def test_existing_files_stay(fails, command, folder, output, tmp_path):
    words = ("convert", folder / "model.keras", f"--output={output}")
    report = tmp_path / "report.json"
    report.write_text("older")
    line = fails(1, *words, f"--json={report}")
    assert f"'{report}' exists." in line
    assert report.read_text() == "older" and not output.exists()
    output.write_bytes(b"older")
    # A missing model is not even looked for.
    line = fails(1, "convert", "no.keras", f"--output={output}")
    assert f"'{output}' exists." in line
    assert output.read_bytes() == b"older"
    code, _, err = command(*words, "--overwrite", f"--json={report}")
    assert code == 0, err
    found = json.loads(report.read_text())
    assert found["num_bytes"] == output.stat().st_size
    assert found["verification"]["reference"] == "the Keras model"


def test_kinds_of_models_are_told_apart(fails, folder, output, tmp_path):
    out = f"--output={output}"
    model = folder / "model.keras"
    line = fails(1, "convert", f"--saved_model_dir={model}", out)
    assert "which is no folder" in line
    line = fails(1, "convert", f"--keras_model={tmp_path}", out)
    assert "which is a folder" in line
    line = fails(1, "convert", tmp_path, out)
    assert "Received a folder with nothing." in line
    line = fails(2, "convert", f"--tflite={model}", "--saved_model_dir=b", out)
    assert "Expected one model. Received" in line


def test_operators_of_tensorflow(fails, command, tmp_path, output):
    class Module(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((None, 2, 2), name="x")])
        def call(self, x):
            return {"y": tf.linalg.inv(x)}

    module = Module()
    signatures = {"serving_default": module.call}
    tf.saved_model.save(module, tmp_path / "saved", signatures)
    words = ("convert", tmp_path / "saved", f"--output={output}")
    assert "MatrixInverse" in (line := fails(1, *words))
    assert "--select_tf_ops" in line
    code, out, err = command(*words, "--select_tf_ops")
    assert code == 0, err
    assert "FlexMatrixInverse" in out
