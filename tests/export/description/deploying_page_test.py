"""The Python on the page about deploying works as it stands there."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest

from tfprune.export import (
    describe,
    evaluate_tflite,
    export_tflite,
    find_low_bit_layers,
    read_tflite,
)

PAGE = Path(__file__).parents[3] / "docs" / "deploying.md"
LABELS = ("cat", "dog", "bird")


def python_of_the_page():
    """The listings: two of models of few bits, and one of an app."""
    *low_bit, app = re.findall(
        r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL
    )
    return "\n".join(low_bit), app


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
    _, app = python_of_the_page()
    exec(compile(app, str(PAGE), "exec"), names)
    expected = evaluate_tflite("pets.tflite", data).argmax(axis=-1)
    found = [names["classify"](image) for image in images]
    assert found == [LABELS[index] for index in expected]
    assert len(set(found)) > 1


def test_low_bit_models(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    keras.utils.set_random_seed(2)
    code, _ = python_of_the_page()
    exec(compile(code, str(PAGE), "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-3:] for line in lines] == [
        ["INT4", "2048", "True"],
        ["INT4", "320", "False"],
    ]
    found = find_low_bit_layers("old.tflite")
    assert {x.dtype for x in found} == {"INT8"}
    first, *_ = [
        x
        for x in read_tflite("first_layer_float.tflite").operators
        if x.name == "FULLY_CONNECTED"
    ]
    assert first.inputs[1].dtype == "FLOAT32"
