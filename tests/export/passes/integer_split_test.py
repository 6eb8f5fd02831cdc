"""Float splits become integer ones."""

import numpy as np
import pytest

from tfprune.export import read_tflite, serialize
from tfprune.export.flatbuffer.model import Operator
from tfprune.export.flatbuffer.tensor import Quantization, Tensor
from tfprune.export.passes import run_passes
from tfprune.export.running.runner import TfliteRunner


def plant_float_split(model, *, other_scale):
    """Writes a split of an integer model as the converter sometimes does."""
    main = model.main
    position, split = next(
        (i, x) for i, x in enumerate(main.operators) if x.name == "SPLIT"
    )
    axis, whole = split.inputs
    floats = Tensor("whole", "FLOAT32", whole.shape)
    parts = [Tensor(x.name, "FLOAT32", x.shape) for x in split.outputs]
    if other_scale:
        for part in split.outputs:
            part.quantization = Quantization(
                1.5 * part.quantization.scales, part.quantization.zero_points
            )
    main.tensors += [floats, *parts]
    main.operators[position : position + 1] = [
        Operator("DEQUANTIZE", [whole], [floats], version=2),
        Operator(
            "SPLIT",
            [axis, floats],
            parts,
            options_type=split.options_type,
            options=split.options,
        ),
        *(
            Operator("QUANTIZE", [part], [old])
            for part, old in zip(parts, split.outputs, strict=True)
        ),
    ]


def outputs_of(model, data):
    runner = TfliteRunner(serialize(model), source="test")
    return np.concatenate([runner.run([x[None]])[0] for x in data])


def requantizations(model):
    """Operators that go from one scale to another."""
    return [
        x
        for x in model.operators
        if x.name == "QUANTIZE" and x.inputs[0].dtype == "INT8"
    ]


@pytest.mark.parametrize("other_scale", [False, True])
def test_integer_split_computes_the_same(exported, other_scale):
    found = exported("recurrent", "int8")
    model = read_tflite(found.path)
    before = len(requantizations(model))
    plant_float_split(model, other_scale=other_scale)
    expected = outputs_of(model, found.data)
    assert run_passes(model) > 0
    split = next(x for x in model.operators if x.name == "SPLIT")
    assert split.version == 2
    assert {x.dtype for x in split.outputs} == {"INT8"}
    assert (len(requantizations(model)) > before) == other_scale
    assert run_passes(model) == 0
    np.testing.assert_array_equal(outputs_of(model, found.data), expected)


def test_parts_that_are_read_as_floats_stay(exported):
    model = read_tflite(exported("recurrent", "int8").path)
    plant_float_split(model, other_scale=False)
    split = next(x for x in model.operators if x.name == "SPLIT")
    result = Tensor("result", "FLOAT32", split.outputs[0].shape)
    model.main.tensors.append(result)
    model.main.operators.append(Operator("RELU", [split.outputs[0]], [result]))
    model.main.outputs.append(result)
    assert split.version == 1
    run_passes(model)
    split = next(x for x in model.operators if x.name == "SPLIT")
    assert split.inputs[1].dtype == "FLOAT32"
