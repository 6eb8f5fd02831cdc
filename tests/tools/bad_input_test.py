"""What a user gets for models, data and disks that are no good."""

import resource

import numpy as np
import pytest
import tensorflow as tf

from tests.export.conversion.sources import saved_models


@pytest.fixture
def output(tmp_path):
    (tmp_path / "new").mkdir()
    return tmp_path / "new" / "m.tflite"


@pytest.fixture
def refused(fails, output):
    """Converts what cannot be; gives the line, and sees to what is left."""

    def convert(*words):
        output.write_bytes(b"older")
        line = fails(1, "convert", *words, f"--output={output}", "--overwrite")
        assert output.read_bytes() == b"older"
        assert [x.name for x in output.parent.iterdir()] == [output.name]
        return line

    return convert


@pytest.fixture(scope="module")
def module(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bad") / "module"
    saved_models.save_module(folder)
    return folder


class Printing(tf.Module):
    """Numbers that become texts, and numbers again."""

    @tf.function(input_signature=[tf.TensorSpec((None, 4), name="x")])
    def call(self, x):
        return {"y": tf.strings.to_number(tf.strings.as_string(x))}


def test_texts_at_the_ends(refused, module):
    line = refused(module, "--signature=text")
    assert "'text' of SavedModel" in line and "a tensor of string" in line
    assert "Leave the processing of text out" in line


def test_texts_within(refused, tmp_path):
    printing = Printing()
    saved = tmp_path / "saved"
    tf.saved_model.save(printing, saved, {"serving_default": printing.call})
    line = refused(saved)
    assert "AsString, StringToNumber" in line and "--select_tf_ops" in line


def test_operations_that_only_tensorflow_has(refused, module):
    line = refused(module, "--signature=flex")
    assert "does: MatrixInverse. " in line and "--select_tf_ops" in line


def test_operations_that_nobody_has(refused, module):
    words = (module, "--signature=not_in_lite", "--select_tf_ops")
    line = refused(*words)
    assert "does: Erfinv. " in line and "--select_tf_ops" not in line


def test_no_signature(refused, tmp_path):
    saved_models.save_without_signature(tmp_path / "bare")
    line = refused(tmp_path / "bare")
    assert "has no signature that could be converted. Save it with" in line


@pytest.mark.parametrize("target", [[], ["--target=edgetpu"]])
def test_open_sizes(refused, module, target):
    line = refused(module, "--signature=open_size", *target)
    assert "'words' of SavedModel" in line
    assert "the shape (None, 4)" in line and "`input_shape`" in line


def open_file(path):
    """A `.tflite` file whose images may have any height."""
    spec = tf.TensorSpec((1, None, 8, 2), name="x")
    function = tf.function(lambda x: tf.nn.relu6(x) * 2.0, [spec])
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [function.get_concrete_function()]
    )
    path.write_bytes(converter.convert())


def test_file_of_open_sizes(refused, command, tmp_path, output):
    path = tmp_path / "open.tflite"
    open_file(path)
    line = refused(path)
    assert "(1, -1, 8, 2)" in line and "`input_shape`" in line
    code, out, err = command("check", path, "--target=edgetpu")
    assert code == 1 and err.count("\n") == 1
    assert "static" in out


def data(tmp_path, array):
    np.savez(tmp_path / "typical.npz", array)
    return f"--representative_data={tmp_path / 'typical.npz'}"


def noise():
    return np.random.default_rng(0).uniform(0, 1, (60, 8, 8, 1)).astype("f4")


@pytest.mark.parametrize("mode", ["int8", "int16x8"])
@pytest.mark.parametrize(
    "array",
    [
        np.zeros((60, 8, 8, 1), "f4"),
        np.full((1, 8, 8, 1), 7, "f4"),
        np.repeat(noise()[:1], 60, axis=0),
    ],
    ids=["zeros", "one number", "one image"],
)
def test_constant_data(refused, folder, tmp_path, mode, array):
    words = (folder / "model.keras", f"--quantize={mode}")
    line = refused(*words, data(tmp_path, array))
    assert "Expected samples in `representative_data` that differ" in line
    assert f"Received {len(array)} that hold the same numbers." in line


def test_constant_data_verify_what_is_not_calibrated(
    command, folder, tmp_path, output
):
    code, out, err = command(
        "convert",
        folder / "model.keras",
        f"--output={output}",
        data(tmp_path, np.zeros((60, 8, 8, 1), "f4")),
    )
    assert (code, err) == (0, "")
    assert "All numbers of `representative_data`" in out


def test_saturated_data(command, folder, tmp_path, output):
    # Pixels from 0 to 255 that were cut off at 1.
    array = np.minimum(255 * noise(), 1)
    code, out, err = command(
        "convert",
        folder / "model.keras",
        f"--output={output}",
        "--quantize=int8",
        data(tmp_path, array),
    )
    assert (code, err) == (0, "")
    told = [line for line in out.splitlines() if "highest value, 1" in line]
    assert len(told) == 1 and "check their scale" in told[0]


def test_no_data(refused, folder):
    line = refused(folder / "model.keras", "--quantize=int8")
    assert "needs `representative_data`" in line


@pytest.fixture
def full_disk():
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    # The kernel refuses to let a file grow, as it does on a full disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (512, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.fixture(scope="module")
def plain(folder, tmp_path_factory):
    """A `.tflite` file."""
    from tfprune.export import export_tflite

    path = tmp_path_factory.mktemp("plain") / "plain.tflite"
    export_tflite(folder / "model.keras", path)
    return path


@pytest.mark.parametrize("name", ["convert", "strip", "describe"])
def test_full_disk(fails, plain, output, full_disk, name):
    output.write_bytes(b"older")
    line = fails(1, name, plain, f"--output={output}", "--overwrite")
    assert f"Could not write '{output}" in line and "File too large." in line
    assert output.read_bytes() == b"older"
    assert [x.name for x in output.parent.iterdir()] == [output.name]


def test_full_disk_for_a_keras_model(refused, folder, full_disk):
    assert "File too large." in refused(folder / "model.keras")
