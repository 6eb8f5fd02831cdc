"""A network around each operator that a handler follows."""

from dataclasses import replace
from functools import partial

import numpy as np
import tensorflow as tf

from tests.export.channels.networks import (
    DEAD,
    SIZE,
    WIDTH,
    Parts,
    converted,
    network,
    parsed,
)
from tests.export.channels.recurrent import lstm_model
from tfprune.export.flatbuffer.model import FlatbufferModel, Operator
from tfprune.export.flatbuffer.schema import schema
from tfprune.export.flatbuffer.tensor import Tensor

PARTS = Parts(seed=3)
# Of eight normal numbers, some are below, and some are not.
LEAST = np.float32([-1, -1, -1, -1, -1, 0.2, -1, -1])
SLOPES = np.linspace(-1, 1, WIDTH, dtype="float32")


def compared(function):
    steps = np.round(3 * SLOPES)
    return lambda x: tf.cast(function(tf.round(3 * x), steps), tf.float32)


def decided(function):
    return lambda x: tf.cast(
        function(x > 0, SLOPES < tf.sin(5 * x)), tf.float32
    )


def reduced(function):
    return lambda x: function(x, axis=(1, 2), keepdims=True)


def judged(function, least):
    return lambda x: tf.cast(function(x > least, axis=1), tf.float32)


def found(function):
    """The place of an extreme, on an axis without channels."""
    return lambda x: [
        x,
        tf.cast(function(PARTS.dense(x, 3), -1), tf.float32)[..., None],
    ]


def turned(function):
    """A function along the rows, with the channels out of its way."""

    def body(x):
        y = function(tf.transpose(x, (0, 1, 3, 2)))
        return tf.transpose(y, (0, 1, 3, 2))

    return body


def weighted_by_scores(x):
    scores = tf.nn.softmax(PARTS.dense(x, SIZE))
    return tf.matmul(scores, x)


def looked_up(x):
    table = PARTS.array(6, WIDTH)
    table[:, DEAD] = 0
    rows = tf.cast(tf.clip_by_value(x[:, :, :, 0], 0, 5), tf.int32)
    return tf.gather(table, rows)


def split_and_joined(x):
    first, second = tf.split(x, 2, axis=-1)
    return tf.concat([second, tf.tanh(first)], axis=-1)


def split_by_sizes(x):
    first, second = tf.split(x, [2, 6], axis=-1)
    return tf.concat([second, first], axis=-1)


def shuffled(x):
    batch = x.shape[0]
    y = tf.reshape(x, (batch, SIZE, SIZE, 2, 4))
    y = tf.transpose(y, (0, 1, 2, 4, 3))
    return tf.reshape(y, (batch, SIZE, SIZE, WIDTH))


def convolved_3d(x):
    kernel = PARTS.array(2, 3, 3, WIDTH, 5)
    kernel[..., 2] = 0
    volume = tf.reshape(x, (x.shape[0], 4, 2, SIZE, WIDTH))
    return tf.nn.conv3d(volume, kernel, [1] * 5, "SAME")


def transposed(x):
    kernel = PARTS.array(3, 3, 5, WIDTH)
    kernel[:, :, 3] = 0
    shape = (x.shape[0], 2 * SIZE, 2 * SIZE, 5)
    return tf.nn.conv2d_transpose(x, kernel, shape, 2, "SAME")


def depthwise(x):
    kernel = PARTS.array(3, 3, WIDTH, 2)
    kernel[:, :, 0] = 0
    return tf.nn.depthwise_conv2d(x, kernel, [1, 2, 2, 1], "SAME")


def stacked(x):
    parts = tf.unstack(tf.stack([x, tf.tanh(x)], axis=1), axis=1)
    return parts[0] * parts[1]


def prelu(x):
    return tf.nn.relu(x) + -SLOPES.reshape(1, 1, WIDTH) * tf.nn.relu(-x)


def resized(method):
    return lambda x: tf.image.resize(x, (2 * SIZE, 2 * SIZE), method)


BODIES = {
    "ABS": tf.abs,
    "ADD": lambda x: tf.tanh(x) + SLOPES,
    "ARG_MAX": found(tf.argmax),
    "ARG_MIN": found(tf.argmin),
    "AVERAGE_POOL_2D": lambda x: tf.nn.avg_pool2d(x, 3, 2, "SAME"),
    "BATCH_MATMUL": weighted_by_scores,
    "BATCH_TO_SPACE_ND": lambda x: tf.batch_to_space(
        tf.space_to_batch(x, [2, 2], [[0, 0], [0, 0]]), [2, 2], [[0, 0], [0, 0]]
    ),
    "CAST": lambda x: tf.cast(x, tf.int32),
    "CEIL": tf.math.ceil,
    "CONCATENATION": lambda x: tf.concat([x, tf.tanh(x)], axis=-1),
    "CONV_2D": lambda x: tf.nn.conv2d(x, PARTS.array(3, 3, 8, 5), 1, "SAME"),
    "CONV_3D": convolved_3d,
    "COS": tf.cos,
    "DEPTHWISE_CONV_2D": depthwise,
    "DEPTH_TO_SPACE": lambda x: tf.nn.depth_to_space(
        tf.concat([x] * 4, axis=-1), 2
    ),
    "DIV": lambda x: tf.tanh(x) / (tf.tanh(x) + 2),
    "ELU": tf.nn.elu,
    "EQUAL": compared(tf.equal),
    "EXP": tf.exp,
    "FLOOR": tf.floor,
    "FLOOR_DIV": lambda x: x // (2 + SLOPES),
    "FLOOR_MOD": lambda x: x % (2 + SLOPES),
    "FULLY_CONNECTED": lambda x: (
        tf.reshape(x, (x.shape[0], -1)) @ PARTS.array(SIZE * SIZE * WIDTH, 5)
    ),
    "GATHER": lambda x: tf.gather(x, [7, 0, 3, 1, 3, 5], axis=-1),
    "GELU": lambda x: tf.nn.gelu(x, approximate=True),
    "GREATER": compared(tf.greater),
    "GREATER_EQUAL": compared(tf.greater_equal),
    "HARD_SWISH": lambda x: x * tf.nn.relu6(x + 3) / 6,
    "L2_NORMALIZATION": lambda x: [
        x,
        tf.math.l2_normalize(PARTS.dense(x, 3), axis=-1),
    ],
    "LEAKY_RELU": tf.nn.leaky_relu,
    "LESS": compared(tf.less),
    "LESS_EQUAL": compared(tf.less_equal),
    "LOG": lambda x: tf.math.log(tf.abs(x) + 1),
    "LOGICAL_AND": decided(tf.logical_and),
    "LOGICAL_NOT": decided(lambda a, b: tf.logical_not(tf.logical_and(a, b))),
    "LOGICAL_OR": decided(tf.logical_or),
    "LOGISTIC": tf.sigmoid,
    "LOG_SOFTMAX": turned(tf.nn.log_softmax),
    "MAXIMUM": lambda x: tf.maximum(x, SLOPES),
    "MAX_POOL_2D": lambda x: tf.nn.max_pool2d(x, 3, 2, "SAME"),
    "MEAN": reduced(tf.reduce_mean),
    "MINIMUM": lambda x: tf.minimum(x, SLOPES),
    "MIRROR_PAD": lambda x: tf.pad(
        x, [[0, 0], [1, 2], [1, 1], [0, 0]], "REFLECT"
    ),
    "MUL": lambda x: tf.tanh(x) * tf.sin(x),
    "NEG": tf.negative,
    "NOT_EQUAL": compared(tf.not_equal),
    "PACK": stacked,
    "PAD": lambda x: tf.pad(x, [[0, 0], [1, 2], [1, 1], [0, 3]]),
    "PADV2": lambda x: tf.pad(
        x, [[0, 0], [1, 2], [1, 1], [0, 0]], constant_values=2.0
    ),
    "POW": lambda x: tf.pow(tf.abs(x) + 1, SLOPES),
    "PRELU": prelu,
    "REDUCE_ALL": judged(tf.reduce_all, LEAST),
    "REDUCE_ANY": judged(tf.reduce_any, 1.6),
    "REDUCE_MAX": reduced(tf.reduce_max),
    "REDUCE_MIN": reduced(tf.reduce_min),
    "REDUCE_PROD": lambda x: tf.reduce_prod(tf.tanh(x), axis=2),
    "RELU": lambda x: tf.nn.relu(tf.tanh(x)),
    "RELU6": lambda x: tf.nn.relu6(tf.tanh(x)),
    "RELU_N1_TO_1": lambda x: tf.clip_by_value(tf.sin(x), -1, 1),
    "RESHAPE": shuffled,
    "RESIZE_BILINEAR": resized("bilinear"),
    "RESIZE_NEAREST_NEIGHBOR": resized("nearest"),
    "ROUND": tf.round,
    "RSQRT": lambda x: tf.math.rsqrt(tf.abs(x) + 1),
    "SELECT_V2": lambda x: tf.where(x > 0, x, SLOPES),
    "SIGN": tf.sign,
    "SIN": tf.sin,
    "SLICE": lambda x: tf.slice(x, [0, 1, 0, 2], [x.shape[0], 4, -1, 5]),
    "SOFTMAX": turned(tf.nn.softmax),
    "SPACE_TO_BATCH_ND": lambda x: tf.space_to_batch(
        tf.tanh(x), [2, 2], [[0, 2], [0, 0]]
    ),
    "SPACE_TO_DEPTH": lambda x: tf.nn.space_to_depth(x, 2),
    "SPLIT": split_and_joined,
    "SPLIT_V": split_by_sizes,
    "SQRT": lambda x: tf.sqrt(tf.abs(x)),
    "SQUARE": tf.square,
    "SQUARED_DIFFERENCE": lambda x: tf.math.squared_difference(x, SLOPES),
    "STRIDED_SLICE": lambda x: x[:, ::2, 1:, 1:7],
    "SUB": lambda x: SLOPES - tf.tanh(x),
    "SUM": reduced(tf.reduce_sum),
    "TANH": tf.tanh,
    "TILE": lambda x: tf.tile(x, (1, 2, 1, 1)),
    "TRANSPOSE": lambda x: tf.transpose(x, (0, 2, 1, 3)),
    "TRANSPOSE_CONV": transposed,
    "UNPACK": stacked,
}


def converted_body(name: str, batch: int = 1) -> FlatbufferModel:
    return parsed(network(BODIES[name], batch))


def integers(batch: int = 1) -> FlatbufferModel:
    """A network of integers, between floats."""
    parts = Parts()

    def run(x):
        return parts.read(tf.nn.relu(parts.dying(x)))

    return parsed(converted(run, "int8", batch=batch))


def reranked(operator: Operator, shape: tuple[int, ...]):
    """A network with an operator that changes the rank after its TANH."""

    def build(batch: int = 1) -> FlatbufferModel:
        model = parsed(network(lambda x: tf.tanh(x[:, :1]), batch))
        (tanh,) = [x for x in model.operators if x.name == "TANH"]
        (reader,) = [x for x in model.operators if tanh.outputs[0] in x.inputs]
        result = Tensor("reranked", "FLOAT32", (batch, *shape))
        added = replace(
            operator,
            inputs=[tanh.outputs[0], *operator.inputs],
            outputs=[result],
        )
        reader.inputs[0] = result
        model.main.tensors += [result, *operator.inputs]
        model.main.operators.insert(model.operators.index(reader), added)
        return model

    return build


AXIS = Tensor("axis", "INT32", (), np.array([1], "i4").view("u1"))
EXPAND_DIMS = Operator("EXPAND_DIMS", [AXIS], [])
SQUEEZE = Operator(
    "SQUEEZE",
    [],
    [],
    options_type=schema.BuiltinOptions.SqueezeOptions,
    options=schema.SqueezeOptionsT(squeezeDims=[1]),
)


def renamed(body, source: str, name: str):
    """A network whose operators of one name get another."""

    def build(batch: int = 1) -> FlatbufferModel:
        model = parsed(network(body, batch))
        for operator in model.operators:
            if operator.name == source:
                operator.name = name
                operator.options_type, operator.options = 0, None
        return model

    return build


# What TensorFlow's converter never writes.
BUILT = {
    "ADD_N": renamed(lambda x: tf.sin(x) + tf.tanh(x), "ADD", "ADD_N"),
    "DEQUANTIZE": integers,
    "EXPAND_DIMS": reranked(EXPAND_DIMS, (1, 1, SIZE, WIDTH)),
    "QUANTIZE": integers,
    "RELU_0_TO_1": renamed(tf.abs, "ABS", "RELU_0_TO_1"),
    "SQUEEZE": reranked(SQUEEZE, (SIZE, WIDTH)),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": lstm_model,
}
MODELS = {
    **{name: partial(converted_body, name) for name in BODIES},
    **BUILT,
}
