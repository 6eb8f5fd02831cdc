"""Padding inside and outside of convolutions computes the same."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from tests.export.channels.networks import Parts, converted, outputs, parsed
from tfprune.export import serialize
from tfprune.export.passes import fold_padding, remove_unused, unfold_padding


def names(model):
    return [operator.name for operator in model.operators]


@pytest.mark.parametrize("kind", ["CONV_2D", "DEPTHWISE_CONV_2D"])
@pytest.mark.parametrize(
    ("size", "stride", "width"),
    [(3, 2, [1, 1]), (3, 1, [2, 2]), (7, 2, [3, 3])],
)
def test_other_padding_stays(kind, size, stride, width):
    kernel = Parts().array(size, size, 3, 4)

    def run(x):
        y = tf.pad(tf.sin(x), [[0, 0], width, width, [0, 0]])
        if kind == "CONV_2D":
            return tf.nn.conv2d(y, kernel, stride, "VALID")
        steps = [1, stride, stride, 1]
        return tf.nn.depthwise_conv2d(y, kernel, steps, "VALID")

    model = parsed(converted(run))
    assert names(model) == ["SIN", "PAD", kind]
    assert fold_padding(model) == 0


def test_padding_with_another_scale_stays():
    model = parsed(
        converted(
            lambda x: tf.nn.conv2d(
                tf.nn.relu(x), Parts().array(3, 3, 3, 4), 1, "SAME"
            ),
            "int8",
        )
    )
    unfold_padding(model)
    (pad,) = [x for x in model.operators if x.name == "PAD"]
    scales = pad.inputs[0].quantization
    pad.outputs[0].quantization = replace(scales, scales=scales.scales * 2)
    assert fold_padding(model) == 0


@pytest.mark.parametrize("mode", ["float32", "int8"])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_unfolded_padding_folds_again(mode, stride):
    kernel = Parts().array(3, 3, 3, 4)

    def run(x):
        return tf.nn.conv2d(tf.nn.relu(x), kernel, stride, "SAME")

    content = converted(run, mode)
    model = parsed(content)
    assert unfold_padding(model) == 1
    assert unfold_padding(model) == 0
    expected = outputs(content)
    unfolded = outputs(serialize(model))
    tolerance = 0 if mode == "int8" else 1e-5
    np.testing.assert_allclose(expected, unfolded, atol=tolerance)
    assert fold_padding(model) == ("PAD" in names(model))
    remove_unused(model)
    np.testing.assert_allclose(
        expected, outputs(serialize(model)), atol=tolerance
    )
