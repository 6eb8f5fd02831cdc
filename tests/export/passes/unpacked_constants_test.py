"""What is stored once is unpacked once."""

from dataclasses import replace

import numpy as np
import tensorflow as tf

from tests.export.channels.networks import converted, outputs, parsed
from tfprune.export.flatbuffer.writer import serialize
from tfprune.export.passes import (
    remove_unused,
    share_equal_buffers,
    share_unpacked_constants,
)


def unpacking(model):
    return [x for x in model.operators if x.name == "DEQUANTIZE"]


def with_twins():
    """A float16 network in which each constant is unpacked twice."""
    kernel = np.random.default_rng(0).normal(size=(3, 3, 3, 3)).astype("f4")

    def run(x):
        for _ in range(2):
            x = tf.sin(tf.nn.conv2d(x, kernel, 1, "SAME"))
        return x

    model = parsed(converted(run, "float16"))
    first, second = [x for x in model.operators if x.name == "CONV_2D"]
    for operator in unpacking(model):
        source, target = (
            replace(operator.inputs[0]),
            replace(operator.outputs[0]),
        )
        source.data = source.data.copy()
        model.main.tensors += [source, target]
        twin = replace(operator, inputs=[source], outputs=[target])
        model.main.operators.insert(0, twin)
        second.inputs = [
            target if x is operator.outputs[0] else x for x in second.inputs
        ]
    return model


def test_twins_become_one():
    model = with_twins()
    content = serialize(model)
    count = len(unpacking(model))
    # Of equal bytes in two buffers nothing is known yet.
    assert share_unpacked_constants(model) == 0
    share_equal_buffers(model)
    assert share_unpacked_constants(model) == count // 2
    remove_unused(model)
    assert len(unpacking(model)) == count // 2
    assert share_unpacked_constants(model) == 0
    np.testing.assert_array_equal(outputs(content), outputs(serialize(model)))


def test_equal_bytes_of_another_shape_stay():
    model = with_twins()
    share_equal_buffers(model)
    operator = unpacking(model)[0]
    for tensor in (operator.inputs[0], operator.outputs[0]):
        tensor.shape = (1, *tensor.shape)
    count = len(unpacking(model))
    assert share_unpacked_constants(model) == count // 2 - 1
