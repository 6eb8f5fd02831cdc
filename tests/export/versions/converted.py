"""Files as TensorFlow's own converter writes them, for many operators."""

import functools
import warnings
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.flatbuffer.reader import parse_tflite

MODES = ("float32", "float16", "dynamic", "per_tensor", "int8", "int16")
WHOLE_NUMBERS = {
    "int8": "TFLITE_BUILTINS_INT8",
    "int16": "EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8",
}


def vision() -> keras.Model:
    """Convolutions of all kinds, pooling, resizing."""
    inputs = keras.Input((16, 16, 4))
    x = layers.Conv2D(32, 3, padding="same", activation="relu6")(inputs)
    x = layers.DepthwiseConv2D(3, activation="relu")(x)
    x = layers.MaxPooling2D(2)(x)
    y = layers.AveragePooling2D(2, strides=1, padding="same")(x)
    x = layers.Concatenate()([x, y])
    x = layers.UpSampling2D(2)(x)
    x = layers.Conv2DTranspose(32, 3, strides=2, padding="same")(x)
    x = layers.UpSampling2D(2, interpolation="bilinear")(x)
    x = layers.ZeroPadding2D(1)(x)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(40, activation="softmax")(x))


def grouped() -> keras.Model:
    """A convolution in groups, a dilated one of single channels."""
    inputs = keras.Input((12, 12, 16))
    x = layers.Conv2D(64, 3, groups=4)(inputs)
    x = layers.DepthwiseConv2D(3, dilation_rate=2, padding="same")(x)
    return keras.Model(inputs, layers.Flatten()(x))


def dense_of_rows() -> keras.Model:
    """Dense layers on matrices and, without a bias, on vectors."""
    inputs = keras.Input((6, 32))
    x = layers.Dense(64)(inputs)
    x = layers.Flatten()(x)
    return keras.Model(inputs, layers.Dense(48, use_bias=False)(x))


def dense() -> keras.Model:
    """One dense layer on vectors."""
    inputs = keras.Input((64,))
    return keras.Model(inputs, layers.Dense(48, activation="sigmoid")(inputs))


def attention() -> keras.Model:
    """A transformer block."""
    inputs = keras.Input((6, 32))
    x = layers.LayerNormalization()(inputs)
    x = inputs + layers.MultiHeadAttention(2, 16)(x, x)
    x = layers.Dense(64, activation="gelu")(x)
    return keras.Model(inputs, ops.max(x, axis=1))


def recurrent() -> keras.Model:
    """A loop over time."""
    inputs = keras.Input((5, 16))
    return keras.Model(inputs, layers.LSTM(32)(inputs))


def elementwise() -> keras.Model:
    """Functions of single numbers."""
    inputs = keras.Input((8, 8, 16))
    x = layers.LeakyReLU()(inputs) - ops.tanh(inputs)
    x = ops.maximum(x, 0.5 * inputs) * ops.abs(x)
    x = ops.minimum(x, inputs)
    x = ops.exp(-ops.square(x)) + ops.sqrt(ops.abs(x) + 0.1)
    x = ops.log(1.0 + ops.abs(x)) / (1.0 + ops.abs(inputs))
    x = layers.PReLU(shared_axes=[1, 2])(layers.ELU()(x))
    return keras.Model(inputs, ops.rsqrt(1.0 + ops.abs(x)))


def layouts() -> keras.Model:
    """Moves and choices of numbers."""
    inputs = keras.Input((8, 8, 16))
    first, second = ops.split(inputs, 2, axis=-1)
    x = ops.transpose(ops.stack([first, second], axis=-1), (0, 3, 1, 2, 4))
    x = x[:, :, 1:7, ::2]
    x = ops.tile(x + ops.sum(x, axis=2, keepdims=True), (1, 2, 1, 1, 1))
    x = ops.pad(x, ((0, 0), (1, 1), (0, 0), (0, 0), (0, 0)))
    x = ops.where(x > 0.1, x, ops.zeros_like(x))
    best = layers.Lambda(lambda x: tf.argmax(x, -1))
    return keras.Model(inputs, [best(x), ops.min(x, axis=2)])


def space() -> keras.Model:
    """Depth for width, and mirrored borders."""
    inputs = keras.Input((8, 8, 16))
    x = layers.Lambda(lambda x: tf.nn.depth_to_space(x, 2))(inputs)
    x = layers.Lambda(lambda x: tf.nn.space_to_depth(x, 4))(x)
    x = ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="reflect")
    return keras.Model(inputs, ops.normalize(x, axis=-1))


def embedding() -> keras.Model:
    """Rows of a table."""
    inputs = keras.Input((6,), dtype="int32")
    return keras.Model(inputs, layers.Embedding(64, 32)(inputs))


BUILDERS: dict[str, Callable[[], keras.Model]] = {
    builder.__name__: builder
    for builder in (
        attention,
        dense,
        dense_of_rows,
        elementwise,
        embedding,
        grouped,
        layouts,
        recurrent,
        space,
        vision,
    )
}


def convert(model: keras.Model, mode: str, *, is_sparse: bool = False) -> bytes:
    """Converts with nothing but TensorFlow."""
    source = model.inputs[0]
    shape = (1, *source.shape[1:])
    function = tf.function(
        lambda x: model(x, training=False),
        input_signature=[tf.TensorSpec(shape, source.dtype)],
    ).get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function])
    if mode != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if is_sparse:
        sparsity = tf.lite.Optimize.EXPERIMENTAL_SPARSITY
        converter.optimizations = [*converter.optimizations, sparsity]
    if mode == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if mode == "per_tensor":
        name = "_experimental_disable_per_channel_quantization_for_dense_layers"
        setattr(converter, name, True)
    if mode in WHOLE_NUMBERS:
        converter.target_spec.supported_ops = [
            getattr(tf.lite.OpsSet, WHOLE_NUMBERS[mode]),
            tf.lite.OpsSet.TFLITE_BUILTINS,
        ]
        generator = np.random.default_rng(0)
        samples = [
            generator.uniform(0, 2, shape).astype(source.dtype)
            for _ in range(8)
        ]
        converter.representative_dataset = lambda: ([x] for x in samples)
    with warnings.catch_warnings():
        # It misses ranges for the ends, which stay float.
        warnings.simplefilter("ignore")
        return converter.convert()


CASES = [
    (name, mode)
    for name in BUILDERS
    for mode in MODES
    # The converter crashes on loops of integers, and refuses int16 tables.
    if (name, mode)
    not in {
        ("recurrent", "int8"),
        ("recurrent", "int16"),
        ("embedding", "int16"),
    }
]


@functools.cache
def content_of(name: str, mode: str) -> bytes:
    """The file of one of the models above."""
    keras.utils.set_random_seed(5)
    return convert(BUILDERS[name](), mode)


def converted(name: str, mode: str) -> FlatbufferModel:
    """One of the models above, as the converter writes it."""
    return parse_tflite(content_of(name, mode))
