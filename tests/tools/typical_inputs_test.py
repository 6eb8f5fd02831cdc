"""Typical inputs by flags, through `tfprune convert`."""

import numpy as np
import pytest
from PIL import Image

from tests.export.verification.sample_source_test import png, write_records
from tfprune import models
from tfprune.export import inspect_tflite, read_tflite
from tfprune.export.verification.image_folder import ImageFolder
from tfprune.export.verification.python_function import PythonFunction
from tfprune.export.verification.tfrecord_file import TFRecordFile
from tfprune.tools.typical_inputs import TypicalInputs


@pytest.fixture(scope="module")
def digits():
    """Digits as bytes, shape (60, 8, 8)."""
    x = models.data.load("digits").x_train[:60, :, :, 0]
    return (x * 255).round().astype("uint8")


@pytest.fixture
def convert(command, folder, tmp_path):
    """Converts the small model to int8; gives the scale of its input."""

    def run(*words):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.tflite"
        code, out, err = command(
            "convert",
            folder / "model.keras",
            f"--output={path}",
            "--quantize=int8",
            "--input_type=int8",
            *words,
        )
        assert (code, err) == (0, "")
        return inspect_tflite(path).inputs[0].scale

    return run


def test_kinds_of_places(tmp_path):
    kinds = {
        str(tmp_path): ImageFolder,
        "x.tfrecord": TFRecordFile,
        "module:function": PythonFunction,
        "data.py:function": PythonFunction,
    }
    for place, kind in kinds.items():
        assert type(TypicalInputs(place, image_scale=1.0).open()) is kind


def test_images_records_and_functions_give_the_ranges(
    convert, digits, tmp_path
):
    images = tmp_path / "images"
    images.mkdir()
    for index, digit in enumerate(digits):
        Image.fromarray(digit).save(images / f"{index:02}.png")
    # Pixels from 0 to 1, then from -1 to 1.
    assert convert(
        f"--representative_data={images}", "--image_scale=255"
    ) == pytest.approx(1 / 255)
    assert convert(
        f"--representative_data={images}",
        "--image_scale=255",
        "--image_mean=0.5",
        "--image_std=0.5",
    ) == pytest.approx(2 / 255)
    path = tmp_path / "x.tfrecord"
    write_records(path, *({"pixels": png(digit)} for digit in digits))
    assert convert(
        f"--representative_data={path}",
        "--image_scale=51",
        "--feature=pixels",
    ) == pytest.approx(5 / 255)
    np.save(tmp_path / "digits.npy", digits[..., None] / 85)
    (tmp_path / "data.py").write_text(
        "import numpy as np\n"
        f"def load(): return np.load({str(tmp_path / 'digits.npy')!r})\n"
    )
    place = f"--representative_data={tmp_path / 'data.py'}:load"
    assert convert(place) == pytest.approx(3 / 255)


def test_precision_by_layer(command, folder, tmp_path):
    path = tmp_path / "new.tflite"
    code, out, err = command(
        "convert",
        folder / "model.keras",
        f"--output={path}",
        "--quantize=*=int8,predictions=float32",
        f"--representative_data={folder / 'typical.npz'}",
    )
    assert (code, err) == (0, "")
    assert "bytes, recipe, for" in out
    weights = [
        x.inputs[1].dtype
        for x in read_tflite(path).operators
        if x.name in ("CONV_2D", "FULLY_CONNECTED")
    ]
    assert set(weights) == {"INT8", "FLOAT32"}


def test_limit_of_accuracy(command, fails, folder, tmp_path):
    digits = models.data.load("digits")
    np.savez(tmp_path / "xy.npz", x=digits.x_test, y=digits.y_test)
    words = [
        "convert",
        folder / "model.keras",
        "--quantize=int4",
        f"--representative_data={folder / 'typical.npz'}",
        "--max_accuracy_drop=0.9",
    ]
    code, out, err = command(
        *words,
        f"--output={tmp_path / 'new.tflite'}",
        f"--labelled_data={tmp_path / 'xy.npz'}",
    )
    assert (code, err) == (0, "")
    line = fails(
        1,
        *words,
        f"--output={tmp_path / 'other.tflite'}",
        f"--labelled_data={folder / 'typical.npz'}",
    )
    assert "with the arrays x and y" in line
    assert not (tmp_path / "other.tflite").exists()


@pytest.mark.parametrize(
    "words, part",
    [
        (["--image_mean=a"], "Expected --image_mean as numbers"),
        (["--quantize==int8"], "or as pattern=mode"),
        (["--max_accuracy_drop=0.1"], "and --labelled_data together"),
        (["--quantize=*=int9"], "Did you mean 'int8'?"),
    ],
)
def test_wrong_usage(fails, words, part):
    words = ["--representative_data=x.npz", *words]
    assert part in fails(2, "convert", "m.keras", "--output=o", *words)


def test_images_need_a_scale(fails, folder, tmp_path):
    line = fails(
        1,
        "convert",
        folder / "model.keras",
        f"--output={tmp_path / 'o.tflite'}",
        f"--representative_data={tmp_path}",
    )
    assert "Expected the flag --image_scale for images in" in line


def test_names_of_several_features():
    source = TypicalInputs("x.tfrecord", features=("a=b", "c=d")).open()
    assert source.features == {"a": "b", "c": "d"}
