"""Versions of single operators, against TensorFlow and its own rules."""

import pytest

from tests.export.versions.converted import CASES, converted
from tests.export.versions.operators import convolution, dense, tensor
from tfprune.export.flatbuffer.model import Operator
from tfprune.export.versions.required import is_certain, required_version
from tfprune.export.versions.rules import FAMILIES, RULES


@pytest.mark.parametrize(
    "version, operator",
    [
        (1, dense("FLOAT32", "FLOAT32")),
        (1, dense("UINT8", "UINT8")),
        (2, dense("FLOAT32", "FLOAT32", weightsFormat=1)),
        (3, dense("FLOAT32", "INT8")),
        (9, dense("FLOAT32", "INT8", asymmetricQuantizeInputs=True)),
        (12, dense("FLOAT32", "INT8", scales=2)),
        (4, dense("INT8", "INT8")),
        (5, dense("INT8", "INT8", keepNumDims=True)),
        (6, dense("INT8", "INT8", bias=None)),
        (7, dense("INT16", "INT8", bias="INT64")),
        (11, dense("INT16", "INT8", bias="INT32")),
        (10, dense("INT8", "INT4")),
        (10, dense("FLOAT32", "INT4", scales=2)),
        (13, dense("INT16", "INT4", bias="INT64")),
        (14, dense("FLOAT32", "INT2", scales=2)),
    ],
)
def test_dense_layers(version, operator):
    assert required_version(operator) == version


@pytest.mark.parametrize(
    "version, operator",
    [
        (1, convolution("FLOAT32", "FLOAT32")),
        (2, convolution("FLOAT32", "INT8")),
        (5, convolution("FLOAT32", "INT8", scales=6)),
        (3, convolution("INT8", "INT8", scales=6)),
        (4, convolution("INT16", "INT8", scales=6)),
        (6, convolution("FLOAT32", "FLOAT32", channels=2)),
        (7, convolution("INT8", "INT4", scales=6)),
        (8, convolution("FLOAT32", "INT4", scales=6)),
    ],
)
def test_convolutions(version, operator):
    assert required_version(operator) == version


@pytest.mark.parametrize("name, mode", CASES)
def test_converter_states_the_same(name, mode):
    model = converted(name, mode)
    stated, needed = {}, {}
    for operator in model.operators:
        if not operator.is_custom:
            kind = operator.name
            # It gives operators of a name the version of the highest.
            stated[kind] = max(stated.get(kind, 0), operator.version)
            needed[kind] = max(needed.get(kind, 0), required_version(operator))
    if mode == "int16":
        # Its int16 files keep the numbers of int8 ones, which is too low.
        widened = [x for x in model.operators if reads_int16(x)]
        assert widened
        assert all(x.version <= required_version(x) for x in widened)
    else:
        assert needed == stated


def reads_int16(operator):
    source = operator.inputs[0]
    has_own_version = operator.name in {"ADD", "MUL", "CONV_2D", "SOFTMAX"}
    own = {"FULLY_CONNECTED", "DEQUANTIZE", "MEAN", "DEPTHWISE_CONV_2D"}
    return (
        source is not None
        and source.dtype == "INT16"
        and (has_own_version or operator.name in own)
    )


def test_custom_operators_have_one_version():
    custom = Operator("CONV_2D", [], [], version=4, is_custom=True)
    assert required_version(custom) == 1


def test_rules_are_in_order_and_know_their_types():
    for family in FAMILIES:
        assert sorted(family) == list(family)
    assert sum(map(len, FAMILIES)) == len(RULES)
    assert is_certain(dense("INT8", "INT8"))
    assert not is_certain(dense("INT8", "INT4"))
    assert not is_certain(Operator("RESHAPE", [tensor("INT8")], []))
