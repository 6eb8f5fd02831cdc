"""Damaged files may state sizes that no memory holds."""

import numpy as np
import pytest

from tfprune.export.channels.trace import trace_channels
from tfprune.export.flatbuffer.model import Operator, Subgraph
from tfprune.export.flatbuffer.schema import schema
from tfprune.export.flatbuffer.tensor import Tensor

OPTIONS = schema.BuiltinOptions
HUGE = 2**31 - 4


def constant(numbers, dtype="INT32"):
    array = np.array(numbers, "i4" if dtype == "INT32" else "f4")
    return Tensor("c", dtype, array.shape, array.reshape(-1).view("u1"))


def layer(name, result, *operands, **settings):
    """A convolution to four channels, and an operator after it."""
    x = Tensor("x", "FLOAT32", (1, 4, 4, 3))
    weights = constant(np.ones((4, 1, 1, 3)), "FLOAT32")
    y = Tensor("y", "FLOAT32", (1, 4, 4, 4))
    z = Tensor("z", "FLOAT32", result)
    strides = schema.Conv2DOptionsT(strideH=1, strideW=1)
    options = None
    if settings:
        kind = settings.pop("kind")
        options = getattr(schema, f"{kind}T")(**settings)
    operators = [
        Operator("CONV_2D", [x, weights, None], [y], options=strides),
        Operator(name, [y, *operands], [z], options=options),
    ]
    tensors = [x, weights, y, z, *operands]
    return Subgraph(tensors, [x], [z], operators)


@pytest.mark.parametrize(
    "subgraph, reason",
    [
        (
            layer("PAD", (1, 4, 4, 4), constant([[0, 0]] * 3 + [[0, HUGE]])),
            "PAD: its widths do not fit its output",
        ),
        (
            layer(
                "SLICE",
                (1, 4, 4, 4),
                constant([0, 0, 0, 0]),
                constant([1, 4, 4, HUGE]),
            ),
            "SLICE: its sizes do not fit its output",
        ),
        (
            layer(
                "SPACE_TO_DEPTH",
                (1, 2, 2, 16),
                kind="SpaceToDepthOptions",
                blockSize=2**15,
            ),
            "SPACE_TO_DEPTH: its blocks do not fit its output",
        ),
        (
            layer("RELU", (1, 4, 4, HUGE)),
            f"RELU: a tensor of the shape (1, 4, 4, {HUGE})",
        ),
    ],
)
def test_what_contradicts_its_output_is_given_up_on(subgraph, reason):
    frozen = trace_channels(subgraph).frozen
    assert [x.reason for _, x in frozen if x.reason != "model output"] == [
        reason
    ]


def test_large_tensors_are_not_looked_at_number_by_number():
    wide = layer(
        "RESHAPE", (1, 2**34), kind="ReshapeOptions", newShape=[1, 2**34]
    )
    wide.operators[0].outputs[0].shape = (1, 2**16, 2**16, 4)
    (reason,) = (x.reason for _, x in trace_channels(wide).frozen)
    assert reason.startswith("RESHAPE: ")
    wide.operators[1].outputs[0].shape = (2**12, 2**10, 2**12)
    (reason,) = (x.reason for _, x in trace_channels(wide).frozen)
    assert reason == "RESHAPE: mixes the axes of the shape (1, 65536, 65536, 4)"
