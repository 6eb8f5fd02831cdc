"""Two files on the same inputs."""

import json

import numpy as np
import pytest

from tests.export.flatbuffer.packed import edited
from tests.export.flatbuffer.specimens import SPECIMENS
from tfprune.errors import InvalidInputError
from tfprune.export import (
    compare_tflite,
    evaluate_tflite,
    read_tflite,
    serialize,
)


@pytest.mark.parametrize("name", ["several_ends", "named_ends", "embedded"])
@pytest.mark.parametrize("mode", ["float32", "float16"])
def test_agrees_with_evaluating_each(exported, name, mode):
    first, second = exported(name), exported(name, mode)
    found = compare_tflite(first.path, second.path, data=first.data)
    outputs = [evaluate_tflite(x.path, x.data) for x in (first, second)]
    pairs = (
        zip(*outputs, strict=True)
        if isinstance(outputs[0], list)
        else [outputs]
    )
    errors = [np.abs(x - y).max() for x, y in pairs]
    assert [x.max_abs_error for x in found.outputs] == pytest.approx(errors)
    assert found.num_samples == 60
    assert (max(errors) == 0) == (mode == "float32")


def test_random_samples_repeat(exported):
    paths = exported("depthwise").path, exported("depthwise", "float16").path
    one, same, other = (compare_tflite(*paths, seed=seed) for seed in (0, 0, 1))
    assert one == same != other
    assert json.loads(one.to_json())["origin"] == "random inputs"


def test_files_of_other_inputs_are_refused(exported):
    with pytest.raises(InvalidInputError, match="to take samples of the sh"):
        compare_tflite(exported("depthwise").path, exported("embedded").path)


def test_files_of_fewer_outputs_are_refused(exported, tmp_path):
    path = tmp_path / "m.tflite"
    path.write_bytes(SPECIMENS["float32"]())
    other = tmp_path / "n.tflite"
    model = read_tflite(path)
    model.main.outputs.append(model.operators[-2].outputs[0])
    other.write_bytes(serialize(model))
    with pytest.raises(InvalidInputError, match="1. Received: 2"):
        compare_tflite(path, other)


def test_files_without_inputs_or_with_texts_are_refused(specimen, tmp_path):
    def take_text(model):
        model.subgraphs[0].tensors[0].type = 5

    def take_nothing(model):
        model.subgraphs[0].inputs = []

    path = tmp_path / "m.tflite"
    path.write_bytes(edited(specimen("float32"), take_text))
    with pytest.raises(InvalidInputError, match="of the type string, which"):
        compare_tflite(path, path)
    path.write_bytes(edited(specimen("several"), take_nothing))
    with pytest.raises(InvalidInputError, match="without inputs"):
        compare_tflite(path, path)
