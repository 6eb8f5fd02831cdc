"""Typical inputs from images, TFRecord files and Python functions."""

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.model_input import ModelInput
from tfprune.export.verification.image_folder import ImageFolder
from tfprune.export.verification.pixel_scaling import PixelScaling
from tfprune.export.verification.python_function import PythonFunction
from tfprune.export.verification.samples import read_samples
from tfprune.export.verification.tfrecord_file import TFRecordFile

COLOR = (ModelInput("image", (4, 6, 3), "float32"),)
GRAY = (ModelInput("image", (4, 6, 1), "float32"),)
VECTOR = (ModelInput("values", (3,), "float32"),)
TWO = (*VECTOR, ModelInput("tokens", (2,), "int32"))
UNIT = PixelScaling(scale=255)


def read(source, inputs, limit=100):
    return read_samples(source, inputs, origin="x", limit=limit).arrays


def refusal(source, inputs):
    with pytest.raises(InvalidInputError) as caught:
        read(source, inputs)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def pixels(seed, shape=(4, 6, 3)):
    return np.random.default_rng(seed).integers(0, 256, shape, "uint8")


def png(array):
    content = io.BytesIO()
    Image.fromarray(array).save(content, "PNG")
    return content.getvalue()


class TestImageFolder:
    def test_images_of_all_folders_in_order(self, tmp_path):
        (tmp_path / "cats").mkdir()
        for name, seed in (("cats/b.png", 1), ("a.png", 0), ("c.PNG", 2)):
            (tmp_path / name).write_bytes(png(pixels(seed)))
        (tmp_path / "notes.txt").write_text("no image")
        (found,) = read(ImageFolder(tmp_path, UNIT), COLOR)
        wanted = np.stack([pixels(seed) for seed in (0, 2, 1)]) / 255
        order = sorted(["a.png", "c.PNG", "cats/b.png"])
        assert order == ["a.png", "c.PNG", "cats/b.png"]
        np.testing.assert_allclose(found, wanted, atol=1e-6)

    def test_limit_takes_even_distances(self, tmp_path):
        for index in range(9):
            array = np.full((4, 6, 3), 10 * index, "uint8")
            (tmp_path / f"{index}.png").write_bytes(png(array))
        (found,) = read(ImageFolder(tmp_path, PixelScaling(1)), COLOR, limit=3)
        assert found[:, 0, 0, 0].tolist() == [0, 40, 80]

    def test_resizes_and_grays(self, tmp_path):
        flat = np.full((50, 40, 3), 90, "uint8")
        (tmp_path / "x.png").write_bytes(png(flat))
        (found,) = read(ImageFolder(tmp_path, PixelScaling(45)), GRAY)
        assert found.shape == (1, 4, 6, 1)
        assert set(found.ravel().tolist()) == {2.0}

    def test_mean_and_deviation_of_each_channel(self, tmp_path):
        (tmp_path / "x.png").write_bytes(png(pixels(0)))
        scaling = PixelScaling(255, mean=(0.5, 0.4, 0.3), std=(0.1, 0.2, 0.4))
        (found,) = read(ImageFolder(tmp_path, scaling), COLOR)
        wanted = (pixels(0) / 255 - [0.5, 0.4, 0.3]) / [0.1, 0.2, 0.4]
        np.testing.assert_allclose(found[0], wanted, rtol=1e-5, atol=1e-5)

    def test_refuses(self, tmp_path):
        source = ImageFolder(tmp_path, UNIT)
        assert "Received none. Check the path." in refusal(source, COLOR)
        none = ImageFolder(tmp_path / "none", UNIT)
        assert "which is no folder" in refusal(none, COLOR)
        assert "'values' (3,). Give arrays" in refusal(source, VECTOR)
        (tmp_path / "x.png").write_bytes(png(pixels(0))[:60])
        assert "x.png' is damaged or no image" in refusal(source, COLOR)

    @pytest.mark.parametrize("settings", [(0,), (-1,), (1, (0.0,), (0.0,))])
    def test_refuses_scaling_by_zero(self, settings):
        with pytest.raises(InvalidInputError, match="above 0. Received"):
            PixelScaling(*settings)

    def test_refuses_other_channels(self, tmp_path):
        (tmp_path / "x.png").write_bytes(png(pixels(0)))
        scaling = PixelScaling(1, mean=(1.0, 2.0))
        text = refusal(ImageFolder(tmp_path, scaling), COLOR)
        assert "one for each of 3 channels. Received: 2." in text


def feature(value):
    if isinstance(value, bytes):
        kind = tf.train.BytesList(value=[value])
        return tf.train.Feature(bytes_list=kind)
    if isinstance(value[0], int):
        return tf.train.Feature(int64_list=tf.train.Int64List(value=value))
    return tf.train.Feature(float_list=tf.train.FloatList(value=value))


def write_records(path, *records):
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in records:
            features = {name: feature(value) for name, value in record.items()}
            example = tf.train.Example(
                features=tf.train.Features(feature=features)
            )
            writer.write(example.SerializeToString())
    return path


class TestTFRecordFile:
    def test_numbers_by_input_name(self, tmp_path):
        path = write_records(
            tmp_path / "x",
            {"values": [0.5, 1.5, 2.5], "tokens": [1, 2]},
            {"values": [3.5, 4.5, 5.5], "tokens": [3, 4]},
        )
        values, tokens = read(TFRecordFile(path), TWO)
        assert values.tolist() == [[0.5, 1.5, 2.5], [3.5, 4.5, 5.5]]
        assert tokens.tolist() == [[1, 2], [3, 4]]
        assert len(read(TFRecordFile(path), TWO, limit=1)[0]) == 1

    def test_images_by_feature_name(self, tmp_path):
        path = write_records(tmp_path / "x", {"encoded": png(pixels(0))})
        source = TFRecordFile(path, {"image": "encoded"}, UNIT)
        (found,) = read(source, COLOR)
        np.testing.assert_allclose(found[0], pixels(0) / 255, atol=1e-6)

    def test_raw_bytes(self, tmp_path):
        numbers = np.array([1.5, -2.5, 3.5], "f4")
        path = write_records(
            tmp_path / "x", {"values": numbers.tobytes()}, {"values": b"\1\2\3"}
        )
        (found,) = read(TFRecordFile(path), VECTOR)
        assert found.tolist() == [[1.5, -2.5, 3.5], [1, 2, 3]]

    def test_refuses(self, tmp_path):
        path = write_records(tmp_path / "x", {"value": [1.0, 2.0]})
        text = refusal(TFRecordFile(path), VECTOR)
        assert "Did you mean 'value'? There are: value." in text
        text = refusal(TFRecordFile(path, {"values": "value"}), VECTOR)
        assert "Expected (3,) numbers in feature 'value'" in text
        text = refusal(TFRecordFile(path, {"vlues": "value"}), VECTOR)
        assert "Did you mean 'values'?" in text
        text = refusal(TFRecordFile(tmp_path / "y"), VECTOR)
        assert "which is no file" in text

    @pytest.mark.parametrize("content", [b"no records at all", b"\0" * 40])
    def test_refuses_foreign_files(self, tmp_path, content):
        (tmp_path / "x").write_bytes(content)
        text = refusal(TFRecordFile(tmp_path / "x"), VECTOR)
        assert "holds no whole TFRecord of examples at position 0" in text

    def test_refuses_cut_files(self, tmp_path):
        path = write_records(
            tmp_path / "x", {"values": [1.0] * 3}, {"values": [2.0] * 3}
        )
        path.write_bytes(path.read_bytes()[:-9])
        assert "at position 1" in refusal(TFRecordFile(path), VECTOR)

    def test_refuses_damaged_images(self, tmp_path):
        path = write_records(tmp_path / "x", {"image": png(pixels(0))[:50]})
        text = refusal(TFRecordFile(path), COLOR)
        assert "holds a damaged image" in text


PROGRAM = """
import numpy as np

def arrays():
    return np.arange(6.0).reshape(2, 3)

def samples():
    for index in range(3):
        yield np.full(3, float(index))

def fails():
    raise KeyError("no data")

def fails_later():
    yield np.zeros(3)
    raise RuntimeError("disk gone")

number = 3
"""


class TestPythonFunction:
    @pytest.fixture
    def program(self, tmp_path):
        (tmp_path / "data.py").write_text(PROGRAM)
        return tmp_path / "data.py"

    def test_arrays_and_generators(self, program):
        (found,) = read(PythonFunction(f"{program}:arrays"), VECTOR)
        assert found.tolist() == [[0, 1, 2], [3, 4, 5]]
        (found,) = read(PythonFunction(f"{program}:samples"), VECTOR)
        assert found.tolist() == [[0, 0, 0], [1, 1, 1], [2, 2, 2]]

    def test_installed_modules(self, program, monkeypatch):
        monkeypatch.syspath_prepend(str(program.parent))
        program.rename(program.with_name("typical_inputs_of_test.py"))
        source = PythonFunction("typical_inputs_of_test:arrays")
        assert read(source, VECTOR)[0].shape == (2, 3)

    @pytest.mark.parametrize(
        "name, part",
        [
            (":sample", "no function 'sample'. Did you mean 'samples'?"),
            (":number", "has no function 'number'"),
            (":fails", ":fails' failed: KeyError: 'no data'"),
            (":fails_later", "failed: RuntimeError: disk gone"),
            ("x:arrays", "FileNotFoundError: there is no file"),
        ],
    )
    def test_refuses(self, program, name, part):
        place = program if name[0] == ":" else program.with_name("none.py")
        name = name.removeprefix("x")
        assert part in refusal(PythonFunction(f"{place}{name}"), VECTOR)

    def test_refuses_names(self, tmp_path):
        text = refusal(PythonFunction("nothing"), VECTOR)
        assert "as 'module:function' or 'file.py:function'" in text
        text = refusal(PythonFunction("no_such_module:f"), VECTOR)
        assert "could not be imported: ModuleNotFoundError" in text
        (tmp_path / "bad.py").write_text("1 +")
        text = refusal(PythonFunction(f"{tmp_path / 'bad.py'}:f"), VECTOR)
        assert "SyntaxError" in text
