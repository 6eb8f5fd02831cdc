"""Operators that change nothing go, all others stay."""

import numpy as np
import pytest
import tensorflow as tf

from tests.export.channels.networks import converted, outputs, parsed
from tfprune.export import serialize
from tfprune.export.flatbuffer.model import Operator
from tfprune.export.flatbuffer.schema import schema
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.passes import remove_identities

SHAPE = (1, 8, 8, 3)


def integers(*numbers):
    array = np.array(numbers, "i4")
    return Tensor("numbers", "INT32", array.shape, array.reshape(-1).view("u1"))


def floats(*numbers):
    array = np.array(numbers, "f4")
    return Tensor("numbers", "FLOAT32", array.shape, array.view("u1"))


KINDS = schema.BuiltinOptions
NOTHING = {
    "ADD": ([floats(0, 0, 0)], KINDS.AddOptions, schema.AddOptionsT()),
    "CONCATENATION": (
        [],
        KINDS.ConcatenationOptions,
        schema.ConcatenationOptionsT(axis=3),
    ),
    "DIV": ([floats(1)], KINDS.DivOptions, schema.DivOptionsT()),
    "MIRROR_PAD": (
        [integers([0, 0], [0, 0], [0, 0], [0, 0])],
        KINDS.MirrorPadOptions,
        schema.MirrorPadOptionsT(),
    ),
    "MUL": ([floats(1)], KINDS.MulOptions, schema.MulOptionsT()),
    "PAD": (
        [integers([0, 0], [0, 0], [0, 0], [0, 0])],
        KINDS.PadOptions,
        schema.PadOptionsT(),
    ),
    "RESHAPE": ([integers(*SHAPE)], 0, None),
    "SLICE": (
        [integers(0, 0, 0, 0), integers(*SHAPE)],
        KINDS.SliceOptions,
        schema.SliceOptionsT(),
    ),
    "SUB": ([floats(0)], KINDS.SubOptions, schema.SubOptionsT()),
    "TRANSPOSE": (
        [integers(0, 1, 2, 3)],
        KINDS.TransposeOptions,
        schema.TransposeOptionsT(),
    ),
}
SOMETHING = {
    "ADD": ([floats(0, 1e-7, 0)], KINDS.AddOptions, schema.AddOptionsT()),
    "DIV": ([floats(2)], KINDS.DivOptions, schema.DivOptionsT()),
    "MUL": (
        [floats(1)],
        KINDS.MulOptions,
        schema.MulOptionsT(
            fusedActivationFunction=schema.ActivationFunctionType.RELU
        ),
    ),
    "SUB": ([floats(1)], KINDS.SubOptions, schema.SubOptionsT()),
    "TRANSPOSE": (
        [integers(0, 2, 1, 3)],
        KINDS.TransposeOptions,
        schema.TransposeOptionsT(),
    ),
}


def with_operator(name, setting):
    """A network with one more operator between a sine and a tangent."""
    others, kind, options = setting
    model = parsed(converted(lambda x: tf.tanh(tf.sin(x))))
    sine, tangent = model.operators
    result = Tensor("result", "FLOAT32", SHAPE)
    model.main.tensors += [result, *others]
    added = Operator(
        name,
        [sine.outputs[0], *others],
        [result],
        options_type=kind,
        options=options,
    )
    model.main.operators.insert(1, added)
    tangent.inputs[0] = result
    return model


@pytest.mark.parametrize("name", NOTHING)
def test_what_changes_nothing_goes(name):
    model = with_operator(name, NOTHING[name])
    before = outputs(serialize(model))
    assert remove_identities(model) == 1
    assert [x.name for x in model.operators] == ["SIN", "TANH"]
    np.testing.assert_array_equal(before, outputs(serialize(model)))


@pytest.mark.parametrize("name", SOMETHING)
def test_what_changes_something_stays(name):
    model = with_operator(name, SOMETHING[name])
    assert remove_identities(model) == 0


def test_what_the_model_returns_keeps_its_operator():
    model = with_operator("ADD", NOTHING["ADD"])
    model.main.outputs = [model.operators[1].outputs[0]]
    assert remove_identities(model) == 0
