"""Precision by layer: which operators get what, and what is refused."""

import numpy as np
import pytest

from tfprune.errors import InvalidInputError
from tfprune.export import evaluate_tflite, export_tflite, read_tflite
from tfprune.export.quantization import Int8, Recipe, find_mode

CASES = [
    ({"*": "int8", "classes": "float32"}, {"conv2d": "INT8"}),
    ({"*": "int8", "classes": "dynamic"}, {"conv2d_1": "INT8"}),
    ({"*": "int8", "dense": "int4"}, {"conv2d": "INT8", "dense": "INT4"}),
    ({"*": "int8", "dense": "int16x8"}, {"conv2d": "INT8", "dense": "INT8"}),
    ({"*": "float16", "dense": "dynamic"}, {"dense": "INT8"}),
    ({"conv2d_*": "int4"}, {"conv2d_1": "INT4", "conv2d": "FLOAT32"}),
    ({"conv2d": "int8"}, {"conv2d_1": "FLOAT32", "conv2d": "INT8"}),
    ({"residual/dense": Int8(per_tensor_dense=False)}, {"dense": "INT8"}),
]


def weight_types(path):
    """Type of the weights of each layer that has some."""
    found = {}
    for operator in read_tflite(path).operators:
        if operator.name not in ("CONV_2D", "FULLY_CONNECTED"):
            continue
        names = operator.outputs[0].name.split(";")
        layers = {part for name in names for part in name.split("/")[1:]}
        found.update(dict.fromkeys(layers, operator.inputs[1].dtype))
    return found


@pytest.mark.parametrize("recipe, wanted", CASES)
def test_layers_get_what_they_are_given(
    models, exported, tmp_path, recipe, wanted
):
    data = exported("residual").data
    path = tmp_path / "m.tflite"
    report = export_tflite(
        models("residual"), path, quantize=recipe, representative_data=data
    )
    assert report.quantization == "recipe"
    assert wanted.items() <= weight_types(path).items()
    values = evaluate_tflite(path, data)
    exact = evaluate_tflite(exported("residual").path, data)
    assert np.sqrt(np.mean((values - exact) ** 2)) < 0.5 * exact.std()


def test_activations_follow(models, exported, tmp_path):
    path = tmp_path / "m.tflite"
    export_tflite(
        models("residual"),
        path,
        quantize={"*": "int8", "dense": "int16x8", "classes": "float32"},
        representative_data=exported("residual").data,
    )
    dense, last = [
        x for x in read_tflite(path).operators if x.name == "FULLY_CONNECTED"
    ]
    assert (dense.inputs[0].dtype, dense.outputs[0].dtype) == (
        "INT16",
        "INT16",
    )
    assert {x.dtype for x in last.inputs + last.outputs} == {"FLOAT32"}


def test_last_rule_that_matches_decides(exported):
    model = read_tflite(exported("residual").path)
    first = find_mode({"*": "int8", "dense": "float32"}).assign(model)
    assert {x.name for x in first} == {"int8", "float32"}
    last = find_mode({"dense": "float32", "*": "int8"}).assign(model)
    assert {x.name for x in last} == {"int8"}


def test_needs_data_as_its_modes_do():
    assert find_mode({"*": "float16", "a": "int8"}).needs_data
    assert not find_mode({"*": "float16", "a": "dynamic"}).needs_data


@pytest.mark.parametrize(
    "recipe, part",
    [
        ({"densse": "int8"}, "matches no layer. Did you mean 'dense'?"),
        ({"*": "int8", "head/*": "float32"}, "There are: "),
        ({"*": "int9"}, "Did you mean 'int8'?"),
        ({"*": 8}, "Expected a quantization mode for '*'. Received: 8."),
        ({"": "int8"}, "to be layer names. Received: ''."),
        ({3: "int8"}, "to be layer names. Received: 3."),
        ({}, "Received an empty dict."),
    ],
)
def test_refuses_in_one_line(models, exported, tmp_path, recipe, part):
    with pytest.raises(InvalidInputError) as caught:
        export_tflite(
            models("residual"),
            tmp_path / "m.tflite",
            quantize=recipe,
            representative_data=exported("residual").data,
        )
    assert part in str(caught.value) and "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_ends_stay_float(models, tmp_path):
    with pytest.raises(InvalidInputError, match="to be 'float32' with"):
        export_tflite(
            models("residual"),
            tmp_path / "m.tflite",
            quantize=Recipe.of({"*": "int8"}),
            input_type="int8",
        )
