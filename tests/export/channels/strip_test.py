"""Stripping a flatbuffer changes nothing that it computes."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from tests.export.channels.networks import (
    CONSTANT,
    DEAD,
    Parts,
    converted,
    images,
    network,
    outputs,
    parsed,
    relative,
)
from tfprune.export.channels.trace import trace_channels
from tfprune.export.conversion.model_input import ModelInput
from tfprune.export.flatbuffer.model import Operator
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.flatbuffer.writer import serialize
from tfprune.export.passes import run_passes
from tfprune.export.quantization import find_mode, quantize_flatbuffer
from tfprune.export.strip import strip_flatbuffer
from tfprune.export.verification.samples import read_samples
from tfprune.export.versions.required import required_version
from tfprune.export.versions.runtime import min_runtime_version

GONE = len(DEAD) + len(CONSTANT)


def residual(x):
    """An image network with a residual, a gate and a depthwise layer."""
    parts = Parts(seed=5)
    trunk = tf.nn.relu(parts.dying(x, 12))
    y = tf.nn.depthwise_conv2d(trunk, parts.array(3, 3, 12, 1), [1] * 4, "SAME")
    kernel, bias = parts.array(1, 1, 12, 12), parts.array(12)
    kernel[..., DEAD], bias[DEAD] = 0, 0
    kernel[..., CONSTANT], bias[CONSTANT] = 0, 0
    y = trunk + tf.nn.conv2d(tf.nn.relu6(y), kernel, 1, "SAME") + bias
    gate = tf.reduce_mean(y, (1, 2), keepdims=True)
    gate = tf.nn.relu(parts.dying(gate, 7))
    y *= tf.sigmoid(tf.nn.conv2d(gate, parts.array(1, 1, 7, 12), 1, "SAME"))
    y = tf.concat([y, tf.nn.relu(parts.dying(y, 9))], axis=-1)
    hidden = tf.reshape(tf.nn.max_pool2d(y, 4, 4, "VALID"), (1, -1))
    kernel, bias = parts.array(hidden.shape[-1], 24), parts.array(24)
    kernel[:, 3:9], bias[3:9] = 0, [0, 0, 0.5, 0.25, -1, 2]
    hidden = tf.nn.relu(hidden @ kernel + bias)
    return hidden @ parts.array(24, 5) + parts.array(5)


@pytest.mark.parametrize(
    ("mode", "tolerance"),
    [
        ("float32", 1e-5),
        ("float16", 1e-5),
        ("dynamic", 1e-5),
        ("int8", 0.0),
        ("int16x8", 0.0),
    ],
)
def test_every_precision_computes_the_same(mode, tolerance):
    content = converted(residual, mode)
    model = parsed(content)
    report = strip_flatbuffer(model)
    run_passes(model)
    small = serialize(model)
    expected = outputs(content)
    assert np.ptp(expected) > 0
    assert relative(expected, outputs(small)) <= tolerance
    assert report.macs_after < 0.8 * report.macs_before
    assert len(small) < len(content)
    assert strip_flatbuffer(parsed(small)).removed == 0


def widths(model, name):
    return [x.outputs[0].shape[-1] for x in model.operators if x.name == name]


def test_constants_go_into_the_next_bias():
    model = parsed(network(tf.nn.relu))
    report = strip_flatbuffer(model)
    # The first channel is not read; of the others two hold a constant.
    assert report.removed == GONE + 1
    assert report.absorbed == len(CONSTANT)
    assert widths(model, "CONV_2D") == [8 - GONE - 1]


def test_a_constant_stays_where_padding_would_show_it():
    kernel = Parts(seed=2).array(3, 3, 8, 4)

    def body(padding):
        return lambda x: tf.nn.conv2d(tf.nn.relu(x), kernel, 1, padding)

    same, valid = (parsed(network(body(x))) for x in ("SAME", "VALID"))
    strip_flatbuffer(same)
    strip_flatbuffer(valid)
    assert widths(same, "CONV_2D")[0] == 8 - len(DEAD)
    assert widths(valid, "CONV_2D")[0] == 8 - GONE


def test_what_an_activation_always_cuts_off_is_dead():
    parts = Parts(seed=4)
    kernel, bias = parts.array(1, 1, 3, 6), np.ones(6, "f4")
    # Inputs of a sigmoid lie in [0, 1]: these sums are below zero.
    bias[2] = -np.abs(kernel[..., 2]).sum() - 0.1
    reader = parts.array(6, 3)

    def run(x):
        y = tf.nn.conv2d(tf.sigmoid(x), kernel, 1, "VALID") + bias
        return tf.reshape(tf.nn.relu(y), (-1, 6)) @ reader

    content = converted(run)
    model = parsed(content)
    assert strip_flatbuffer(model).removed == 1
    assert relative(outputs(content), outputs(serialize(model))) < 1e-5


def test_a_channel_that_is_hardly_alive_stays():
    parts = Parts(seed=4)
    kernel, bias = parts.array(1, 1, 3, 6), np.ones(6, "f4")
    kernel[..., 2] = np.abs(kernel[..., 2])
    bias[2] = -kernel[..., 2].sum() + 1e-3
    reader = parts.array(6, 3)

    def run(x):
        y = tf.nn.conv2d(tf.sigmoid(x), kernel, 1, "VALID") + bias
        return tf.reshape(tf.nn.relu(y), (-1, 6)) @ reader

    assert strip_flatbuffer(parsed(converted(run))).removed == 0


def test_a_dead_filter_kills_what_only_it_read():
    parts = Parts(seed=6)
    first, second = parts.array(1, 1, 3, 8), parts.array(1, 1, 8, 6)
    second[..., 5, 1:] = 0
    second[..., 0] = 0
    reader = parts.array(6, 3)

    def run(x):
        y = tf.sin(tf.nn.conv2d(x, first, 1, "VALID"))
        y = tf.tanh(tf.nn.conv2d(y, second, 1, "VALID"))
        return tf.reshape(y, (-1, 6)) @ reader

    model = parsed(converted(run))
    strip_flatbuffer(model)
    # Channel 5 was read by filter 0 alone, which is zero.
    assert widths(model, "CONV_2D") == [7, 5]


def test_one_channel_is_left_of_what_is_all_dead():
    def run(x):
        y = tf.nn.relu(tf.nn.conv2d(x, np.zeros((1, 1, 3, 8), "f4"), 1, "SAME"))
        y = tf.nn.conv2d(y, Parts().array(1, 1, 8, 2), 1, "SAME")
        return [y, tf.tanh(x)]

    content = converted(run)
    model = parsed(content)
    strip_flatbuffer(model)
    assert widths(model, "CONV_2D")[0] == 1
    assert relative(outputs(content), outputs(serialize(model))) < 1e-5


def test_an_unknown_operator_freezes_what_it_touches_and_no_more():
    model = parsed(network(lambda x: tf.tanh(Parts(1).dying(tf.sin(x)))))
    (sine,) = [x for x in model.operators if x.name == "SIN"]
    sine.name, sine.is_custom = "Mystery", True
    report = strip_flatbuffer(model)
    assert any("Mystery" in reason for reason in report.frozen.values())
    first, second = widths(model, "CONV_2D")
    assert first == 8
    assert second < 8


def test_dynamic_ranges_keep_what_is_not_zero():
    parts = Parts(seed=8)
    kernel = parts.array(32, 64)
    # Nothing reads this channel, but it takes part in the range.
    kernel[4] = 0

    def run(x):
        y = tf.sin(tf.nn.conv2d(x, parts.array(1, 1, 3, 32), 1, "VALID"))
        return tf.reshape(y, (-1, 32)) @ kernel

    content = converted(run, "dynamic")
    model = parsed(content)
    assert {x.dtype for x in model.tensors if x.shape == (64, 32)} == {"INT8"}
    assert strip_flatbuffer(model).removed == 0
    assert strip_flatbuffer(parsed(converted(run))).removed == 1


def test_weights_that_two_operators_share_part_ways():
    kernel = Parts(seed=9).array(1, 1, 8, 8)
    reader = Parts(seed=1).array(8, 3)
    idle = reader.copy()
    idle[3] = 0

    def run(x):
        y = Parts(seed=3).dying(x)
        first = tf.sin(tf.nn.conv2d(tf.sin(y), kernel, 1, "VALID"))
        second = tf.sin(tf.nn.conv2d(tf.cos(y), kernel, 1, "VALID"))
        rows = tf.reshape(first, (-1, 8)), tf.reshape(second, (-1, 8))
        return [rows[0] @ reader, rows[1] @ idle]

    content = converted(run)
    model = parsed(content)
    strip_flatbuffer(model)
    assert sorted(widths(model, "CONV_2D")) == [4, 7, 8]
    assert relative(outputs(content), outputs(serialize(model))) < 1e-5


def test_a_cleared_constant_is_not_read_twice():
    model = parsed(network(tf.nn.relu))
    twin = parsed(serialize(model))
    strip_flatbuffer(model)
    # What was read from the file is a view: it must not be written to.
    strip_flatbuffer(twin)
    assert serialize(model) == serialize(twin)


def test_subgraphs_of_loops_keep_their_ends():
    def run(x):
        y = tf.nn.relu(Parts().dying(x))

        def body(i, state):
            return i + 1, tf.tanh(state) * 0.5

        _, y = tf.while_loop(lambda i, _: i < 3, body, (0, y))
        return Parts().read(y)

    content = converted(run)
    model = parsed(content)
    report = strip_flatbuffer(model)
    assert any("WHILE" in reason for reason in report.frozen.values())
    assert relative(outputs(content), outputs(serialize(model))) < 1e-5


def test_groups_of_a_convolution_lose_the_same_positions():
    parts = Parts(seed=11)
    kernel = parts.array(3, 3, 4, 8)
    kernel[..., [1, 5]] = 0
    kernel[..., 2] = 0
    reader = parts.array(8, 3)

    def run(x):
        y = tf.nn.conv2d(tf.tanh(parts.dying(x)), kernel, 1, "VALID")
        return tf.reshape(tf.sin(y), (-1, 8)) @ reader

    content = converted(run)
    model = parsed(content)
    before = [x.shape for x in model.tensors if x.shape == (8, 3, 3, 4)]
    assert before
    strip_flatbuffer(model)
    assert relative(outputs(content), outputs(serialize(model))) < 1e-5


def test_ids_of_the_report_are_those_of_the_graph():
    graph = trace_channels(parsed(network(tf.nn.relu)).main)
    value = next(v for v in graph.values.values() if v.channel_axis is not None)
    assert isinstance(value.tensor, Tensor)
    assert value.ids.shape == (1, 1, 1, 8)
    assert value.range.is_zero.ravel()[DEAD].all()


def test_weights_of_four_bits_are_cut():
    model = parsed(converted(residual))
    samples = read_samples(
        np.concatenate(images(60)),
        [ModelInput("x", (8, 8, 3), "float32")],
        origin="x",
        limit=60,
    )
    model = quantize_flatbuffer(model, find_mode("int4"), samples)
    content = serialize(model)
    assert "INT4" in {x.dtype for x in model.tensors if x.is_constant}
    report = strip_flatbuffer(model)
    assert report.removed > 10
    np.testing.assert_array_equal(outputs(content), outputs(serialize(model)))


def test_shapes_that_contradict_an_operator_freeze():
    model = parsed(network(tf.nn.relu))
    (operator,) = [x for x in model.operators if x.name == "CONV_2D"]
    operator.outputs[0].shape = ()
    assert strip_flatbuffer(model).removed == 0


def compared(run):
    """Outputs of a function's file, and of the same file stripped."""
    content = converted(run)
    model = parsed(content)
    report = strip_flatbuffer(model)
    return report, relative(outputs(content), outputs(serialize(model)))


def test_what_chooses_rows_of_a_table_is_needed():
    parts = Parts(seed=12)
    table, reader = parts.array(7, 4), parts.array(16, 3)

    def run(x):
        y = tf.nn.relu6(tf.reshape(x[:, 0, 0], (1, 3)) @ parts.array(3, 4))
        rows = tf.gather(table, tf.cast(y, tf.int32))
        return tf.reshape(rows, (1, 16)) @ reader

    report, error = compared(run)
    assert error < 1e-5
    assert any("own way" in reason for reason in report.frozen.values())


def test_stacks_of_channels_that_may_go_and_that_may_not():
    parts = Parts(seed=13)
    kernel, reader = parts.array(3, 3), parts.array(3, 2)
    kernel[:, 1] = 0

    def run(x):
        rows = tf.reshape(x, (1, 64, 3))
        stacked = tf.stack([rows, tf.sin(rows @ kernel)], axis=1)
        return tf.reshape(stacked, (-1, 3)) @ reader

    _, error = compared(run)
    assert error < 1e-5


def test_operators_may_share_a_name():
    def run(x):
        y = tf.nn.relu(Parts(seed=3).dying(x))
        return Parts(seed=4).read(tf.nn.relu(Parts(seed=5).dying(y)))

    content = converted(run)
    model = parsed(content)
    for tensor in model.tensors:
        tensor.name = "alike"
    report = strip_flatbuffer(model)
    assert widths(model, "CONV_2D") == [4, 3]
    assert len(report.channels) == 2
    assert relative(outputs(content), outputs(serialize(model))) < 1e-5


def test_scales_along_another_axis_freeze():
    model = parsed(
        converted(lambda x: Parts().read(tf.nn.relu(Parts().dying(x))), "int8")
    )
    weights = [
        x.inputs[1] for x in model.operators if x.name == "FULLY_CONNECTED"
    ]
    found = weights[0].quantization
    weights[0].quantization = replace(
        found,
        scales=np.full(8, found.scales[0]),
        zero_points=np.zeros(8, "i8"),
        axis=1,
    )
    report = strip_flatbuffer(model)
    assert any("another axis" in reason for reason in report.frozen.values())


def test_what_cannot_be_measured_is_told_once():
    content = network(tf.nn.relu)
    model = parsed(content)
    numbers = [
        Tensor(name, "INT32", (1,), np.array([value], "i4").view("u1"))
        for name, value in (("dividend", 1), ("divisor", 0))
    ]
    quotient = Tensor("quotient", "INT32", (1,))
    # The runtime refuses to divide by zero.
    model.main.operators.append(Operator("DIV", numbers, [quotient]))
    model.main.tensors += [*numbers, quotient]
    report = strip_flatbuffer(model)
    assert len(report.warnings) == 1
    assert "could not be measured" in report.warnings[0]
    assert f"Warning: {report.warnings[0]}" in str(report)
    assert report.absorbed == 0
    assert widths(model, "CONV_2D") == [8 - len(DEAD) - 1]


def biased(width):
    """Layers of one width without biases, so that all have the same zeros."""
    parts = Parts(seed=14)

    def layer(x, dead):
        kernel = parts.array(1, 1, x.shape[-1], width)
        kernel[..., dead] = 0
        return tf.nn.relu(
            tf.nn.conv2d(x, kernel, 1, "VALID") + np.zeros(width, "f4")
        )

    def run(x):
        y = layer(layer(layer(x, [0, 1]), [3, 4, 5]), [6])
        return tf.reshape(y, (-1, width)) @ parts.array(width, 3)

    return run


def test_equal_constants_of_halves_tie_no_layers():
    content = converted(biased(24), "float16")
    model = parsed(content)
    readers = Counter(
        x.inputs[2] for x in model.operators if x.name == "CONV_2D"
    )
    assert set(readers.values()) == {3}
    report = strip_flatbuffer(model)
    assert report.removed == 6
    assert widths(model, "CONV_2D") == [22, 21, 23]
    assert relative(outputs(content), outputs(serialize(model))) < 1e-5


def test_equal_constants_of_halves_are_joined_again():
    parts = Parts(seed=15)

    def run(x):
        for _ in range(3):
            kernel = parts.array(1, 1, x.shape[-1], 24)
            kernel[..., 5] = 0
            y = tf.nn.conv2d(x, kernel, 1, "VALID") + np.zeros(24, "f4")
            x = tf.nn.relu(y)
        return tf.reshape(x, (-1, 24)) @ parts.array(24, 3)

    content = converted(run, "float16")
    model = parsed(content)
    before = [x.name for x in model.operators]
    assert strip_flatbuffer(model).removed == 3
    assert [x.name for x in model.operators] == before
    biases = {x.inputs[2] for x in model.operators if x.name == "CONV_2D"}
    assert [x.shape for x in biases] == [(23,)]
    assert relative(outputs(content), outputs(serialize(model))) < 1e-5
    small = parsed(serialize(model))
    assert len(small.tensors) == len(parsed(content).tensors)


def true_versions(model):
    return all(x.version >= required_version(x) for x in model.operators)


@pytest.mark.parametrize("mode", ["float32", "float16", "int8", "int16x8"])
def test_versions_are_true_afterwards(mode):
    def run(x):
        parts = Parts(seed=3)
        first, second = tf.split(parts.dying(x, 12), 2, axis=-1)
        joined = tf.concat([tf.nn.relu(second), tf.nn.relu(first)], axis=-1)
        return parts.read(tf.nn.relu(parts.dying(joined)))

    model = parsed(converted(run, mode))
    strip_flatbuffer(model)
    assert "SPLIT_V" in {x.name for x in model.operators}
    assert true_versions(model)
    run_passes(model)
    assert true_versions(model)
    assert model.min_runtime == min_runtime_version(model)
    content = serialize(model)
    for operator in model.operators:
        operator.version = 1
    run_passes(model)
    assert true_versions(model)
    assert relative(outputs(content), outputs(serialize(model))) == 0
