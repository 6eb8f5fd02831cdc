"""The Python on the page about deploying works as it stands there."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest

from tfprune.export import describe, evaluate_tflite, export_tflite

PAGE = Path(__file__).parents[3] / "docs" / "deploying.md"
LABELS = ("cat", "dog", "bird")


def python_of_the_page():
    (code,) = re.findall(
        r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL
    )
    return code


@pytest.mark.parametrize("ends", ["float32", "uint8"])
def test_raspberry_pi(tmp_path, monkeypatch, ends):
    keras.utils.set_random_seed(2)
    inputs = keras.Input((6, 8, 3))
    x = keras.layers.Conv2D(8, 3, activation="relu")(inputs)
    x = keras.layers.Flatten()(x)
    model = keras.Model(inputs, keras.layers.Dense(3, use_bias=False)(x))
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (60, 6, 8, 3)).astype("uint8")
    data = (images.astype("float32") - 127.5) / 127.5
    export_tflite(
        model,
        tmp_path / "raw.tflite",
        quantize="int8",
        representative_data=data,
        input_type=ends,
        output_type=ends,
    )
    describe(
        tmp_path / "raw.tflite",
        output=tmp_path / "pets.tflite",
        labels=LABELS,
        normalization=(127.5, 127.5),
        input_kind="image",
    )
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(compile(python_of_the_page(), str(PAGE), "exec"), names)
    expected = evaluate_tflite("pets.tflite", data).argmax(axis=-1)
    found = [names["classify"](image) for image in images]
    assert found == [LABELS[index] for index in expected]
    assert len(set(found)) > 1
