"""Constants of equal bytes share a buffer."""

from dataclasses import replace

import numpy as np
import tensorflow as tf

from tests.export.channels.networks import converted, outputs, parsed
from tfprune.export import serialize
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.passes import share_equal_buffers

KERNEL = np.random.default_rng(0).normal(size=(3, 3, 3, 64)).astype("f4")


def test_copies_are_stored_once():
    def run(x):
        return tf.nn.conv2d(x, KERNEL, 1, "SAME") + tf.sin(
            tf.nn.conv2d(tf.cos(x), KERNEL, 1, "SAME")
        )

    content = converted(run)
    model = parsed(content)
    last = [x for x in model.operators if x.name == "CONV_2D"][-1]
    weights = last.inputs[1]
    last.inputs[1] = replace(weights, data=weights.data.copy())
    model.main.tensors.append(last.inputs[1])
    apart = len(serialize(model))
    assert share_equal_buffers(model) >= 1
    assert share_equal_buffers(model) == 0
    small = serialize(model)
    assert len(small) < apart - 0.9 * KERNEL.nbytes
    np.testing.assert_array_equal(outputs(content), outputs(small))


def test_equal_bytes_of_other_lengths_and_variables_stay_apart():
    model = parsed(converted(lambda x: x + 1.0))
    first, longer = np.zeros(8, "u1"), np.zeros(12, "u1")
    tensors = [
        Tensor("a", "FLOAT32", (2,), first),
        Tensor("b", "FLOAT32", (3,), longer),
        Tensor("c", "FLOAT32", (2,), first.copy(), is_variable=True),
    ]
    model.main.tensors += tensors
    assert share_equal_buffers(model) == 0
