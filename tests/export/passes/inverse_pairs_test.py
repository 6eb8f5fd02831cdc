"""Pairs of operators become one or none."""

import numpy as np
import tensorflow as tf

from tests.export.channels.networks import converted, outputs, parsed
from tfprune.export import serialize
from tfprune.export.flatbuffer.model import Operator
from tfprune.export.flatbuffer.schema import schema
from tfprune.export.flatbuffer.tensor import Quantization, Tensor
from tfprune.export.passes import (
    cancel_inverse_pairs,
    remove_identities,
    remove_unused,
    run_passes,
)

PASSES = (cancel_inverse_pairs, remove_identities, remove_unused)


def transposition(source, order, name):
    shape = tuple(source.shape[axis] for axis in order)
    array = np.array(order, "i4").view("u1")
    table = Tensor(f"{name}/order", "INT32", (len(order),), array)
    result = Tensor(name, source.dtype, shape)
    operator = Operator(
        "TRANSPOSE",
        [source, table],
        [result],
        options_type=schema.BuiltinOptions.TransposeOptions,
        options=schema.TransposeOptionsT(),
    )
    return operator, [table, result]


def with_transpositions(*orders):
    """A network with transpositions between a sine and a tangent."""
    model = parsed(converted(lambda x: tf.tanh(tf.sin(x))))
    sine, tangent = model.operators
    source = sine.outputs[0]
    for number, order in enumerate(orders):
        operator, tensors = transposition(source, order, f"turned_{number}")
        model.main.tensors += tensors
        model.main.operators.insert(1 + number, operator)
        source = operator.outputs[0]
    tangent.inputs[0] = source
    tangent.outputs[0].shape = source.shape
    return model


def test_transpositions_that_undo_each_other_go():
    model = with_transpositions((0, 3, 1, 2), (0, 2, 3, 1))
    before = outputs(serialize(model))
    run_passes(model, PASSES)
    assert [x.name for x in model.operators] == ["SIN", "TANH"]
    np.testing.assert_array_equal(before, outputs(serialize(model)))


def test_other_transpositions_become_one():
    model = with_transpositions((0, 2, 3, 1), (0, 2, 1, 3), (0, 1, 3, 2))
    before = outputs(serialize(model))
    run_passes(model, PASSES)
    names = [x.name for x in model.operators]
    assert names == ["SIN", "TRANSPOSE", "TANH"]
    np.testing.assert_array_equal(before, outputs(serialize(model)))


def test_the_last_of_several_reshapes_stays():
    model = parsed(converted(lambda x: tf.tanh(tf.sin(x))))
    sine, tangent = model.operators
    source = sine.outputs[0]
    for number, shape in enumerate([(1, 64, 3), (1, 192), (1, 8, 24)]):
        array = np.array(shape, "i4").view("u1")
        table = Tensor("shape", "INT32", (len(shape),), array)
        result = Tensor(f"shaped_{number}", "FLOAT32", shape)
        model.main.tensors += [table, result]
        operator = Operator("RESHAPE", [source, table], [result])
        model.main.operators.insert(1 + number, operator)
        source = result
    tangent.inputs[0] = source
    tangent.outputs[0].shape = source.shape
    before = outputs(serialize(model))
    run_passes(model, PASSES)
    assert [x.name for x in model.operators] == ["SIN", "RESHAPE", "TANH"]
    np.testing.assert_array_equal(before, outputs(serialize(model)))


def between_integers(scale):
    """An int8 network with floats between two of its operators."""
    model = parsed(converted(lambda x: tf.tanh(tf.nn.relu(x)), "int8"))
    position = next(
        i for i, x in enumerate(model.operators) if x.name == "TANH"
    )
    tangent = model.operators[position]
    source = tangent.inputs[0]
    floats = Tensor("floats", "FLOAT32", source.shape)
    again = Tensor(
        "again",
        "INT8",
        source.shape,
        quantization=Quantization(
            source.quantization.scales * np.float32(scale),
            source.quantization.zero_points,
        ),
    )
    model.main.tensors += [floats, again]
    model.main.operators[position:position] = [
        Operator("DEQUANTIZE", [source], [floats], version=2),
        Operator("QUANTIZE", [floats], [again]),
    ]
    tangent.inputs[0] = again
    return model


def test_floats_between_equal_integers_go():
    model = between_integers(1.0)
    before = outputs(serialize(model))
    count = len(model.operators)
    run_passes(model, PASSES)
    assert len(model.operators) == count - 2
    np.testing.assert_array_equal(before, outputs(serialize(model)))


def test_floats_between_other_integers_stay():
    model = between_integers(1.5)
    count = len(model.operators)
    run_passes(model, PASSES)
    assert len(model.operators) == count
