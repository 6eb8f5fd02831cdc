"""Blocks on sequences, out of every handled kind of layer."""

import keras
from keras import layers, ops

RECURRENT = (layers.LSTM, layers.GRU, layers.SimpleRNN)
ACTIVATIONS = (None, "relu", "tanh", "sigmoid", "gelu")


def convolution(choices, x):
    return layers.Conv1D(
        choices.choice((4, 6, 8)),
        choices.choice((1, 2, 3)),
        padding=choices.choice(("same", "causal")),
        dilation_rate=choices.choice((1, 2)),
        use_bias=choices.boolean(),
        activation=choices.choice(ACTIVATIONS),
    )(x)


def grouped(choices, x):
    channels = x.shape[-1]
    groups = choices.choice([g for g in (2, 3, channels) if channels % g == 0])
    return layers.Conv1D(groups * 2, 3, padding="same", groups=groups)(x)


def depthwise(choices, x):
    return layers.DepthwiseConv1D(
        3, padding="same", depth_multiplier=choices.choice((1, 2))
    )(x)


def separable(choices, x):
    return layers.SeparableConv1D(
        6, 3, padding="same", depth_multiplier=choices.choice((1, 2))
    )(x)


def transposed(choices, x):
    return layers.Conv1DTranspose(5, 3, padding="same")(x)


def dense(choices, x):
    kind = choices.choice(
        (
            lambda: layers.Dense(7, activation="gelu"),
            lambda: layers.TimeDistributed(layers.Dense(5, activation="tanh")),
            lambda: layers.EinsumDense(
                "abc,cd->abd", (x.shape[1], 6), bias_axes="d"
            ),
            lambda: layers.SpectralNormalization(layers.Dense(6)),
        )
    )
    return kind()(x)


def two_axes(choices, x):
    """Channels by heads, and back."""
    length, channels = x.shape[1:]
    there = layers.EinsumDense(
        "abc,cde->abde", (length, 3, 2), bias_axes=choices.choice((None, "de"))
    )
    back = layers.EinsumDense("abde,dec->abc", (length, channels))
    return layers.Add()([x, back(layers.ReLU()(there(x)))])


def mixed_over_time(choices, x):
    length = x.shape[1]
    y = layers.Permute((2, 1))(x)
    y = layers.Dense(5, activation="gelu")(y)
    y = layers.Permute((2, 1))(layers.Dense(length)(y))
    return layers.Add()([x, y])


def normalized(choices, x):
    groups = [g for g in (1, 2, 3) if x.shape[-1] % g == 0]
    kind = choices.choice(
        (
            lambda: layers.LayerNormalization(scale=choices.boolean()),
            lambda: layers.LayerNormalization(axis=[1, 2]),
            lambda: layers.RMSNormalization(epsilon=1e-2),
            lambda: layers.UnitNormalization(),
            lambda: layers.GroupNormalization(choices.choice(groups)),
            lambda: layers.BatchNormalization(center=choices.boolean()),
        )
    )
    return kind()(x)


# Nowhere are there as many heads as places: where the width of a head becomes
# 1, Keras on TensorFlow would then add the bias of heads to places.


def self_attention(choices, x):
    kind = choices.choice(
        (
            lambda: layers.MultiHeadAttention(3, 4),
            lambda: layers.MultiHeadAttention(2, 3, value_dim=4),
            lambda: layers.GroupQueryAttention(3, 4, 2),
            lambda: layers.GroupQueryAttention(3, 4, 1, use_bias=False),
        )
    )
    y = kind()(x, x, use_causal_mask=choices.boolean())
    return layers.Add()([x, y]) if choices.boolean() else y


def cross_attention(choices, x):
    value = layers.UpSampling1D(2)(layers.Dense(5, activation="tanh")(x))
    key = choices.choice((None, layers.Dense(7)(value)))
    return x + layers.MultiHeadAttention(3, 4)(x, value, key=key)


def attention_without_heads(choices, x):
    kind = choices.choice((layers.Attention, layers.AdditiveAttention))
    value = layers.Dense(x.shape[-1], activation="tanh")(x)
    return kind(use_scale=choices.boolean())([x, value])


def recurrent(choices, x):
    layer = choices.choice(RECURRENT)(5, return_sequences=True)
    if choices.boolean():
        mode = choices.choice(("concat", "sum", "ave", "mul"))
        layer = layers.Bidirectional(layer, merge_mode=mode)
    return layer(x)


def encoder_and_decoder(choices, x):
    kind = choices.choice(RECURRENT)
    _, *states = kind(5, return_state=True)(x)
    y = layers.Dense(4, activation="tanh")(x)
    return kind(5, return_sequences=True)(y, initial_state=states)


def residual(choices, x):
    kind = choices.choice((layers.Add, layers.Multiply, layers.Maximum))
    y = layers.Conv1D(x.shape[-1], 3, padding="same", activation="tanh")(x)
    return kind()([x, y])


def joined(choices, x):
    y = layers.Dense(choices.choice((2, 3)))(x)
    return layers.Concatenate()([y, x])


def joined_in_time(choices, x):
    y = layers.Dense(x.shape[-1], activation="tanh")(x)
    return layers.MaxPooling1D(2)(layers.Concatenate(axis=1)([x, y]))


def gated(choices, x):
    gate = layers.Dense(choices.choice((1, x.shape[-1])), activation="sigmoid")
    return layers.Multiply()([x, gate(x)])


def summary(choices, x):
    y = layers.GlobalAveragePooling1D()(x)
    y = layers.Dense(x.shape[-1], activation="tanh")(y)
    return layers.Add()([x, layers.RepeatVector(x.shape[1])(y)])


def operations(choices, x):
    kind = choices.choice(
        (
            lambda: (
                ops.concatenate(ops.split(x, 2, axis=-1)[::-1], axis=-1)
                if x.shape[-1] % 2 == 0
                else ops.relu(x)
            ),
            lambda: x - ops.mean(x, axis=1, keepdims=True),
            lambda: ops.softmax(x, axis=1) * x,
            lambda: ops.concatenate([x[..., 2:], x[..., :2]], axis=-1),
            lambda: ops.swapaxes(ops.relu(ops.swapaxes(x, 1, 2)), 1, 2),
            lambda: ops.where(x > 0, x, 0.1 * x),
        )
    )
    return kind()


def resized(choices, x):
    kind = choices.choice(
        (
            lambda: layers.MaxPooling1D(2)(layers.UpSampling1D(2)(x)),
            lambda: layers.Cropping1D(1)(layers.ZeroPadding1D(1)(x)),
            lambda: layers.AveragePooling1D(3, 1, padding="same")(x),
        )
    )
    return kind()


def shared(choices, x):
    layer = layers.Dense(x.shape[-1], activation="tanh")
    return layer(layer(x))


def nested(choices, x):
    inputs = keras.Input(x.shape[1:])
    y = layers.LSTM(4, return_sequences=True)(inputs)
    y = layers.LayerNormalization()(y)
    model = keras.Model(inputs, layers.Dense(x.shape[-1])(y))
    return layers.Add()([model(x), x])


def distributed(choices, x):
    """A model at each time step."""
    width = choices.choice((x.shape[-1], 5))
    steps = [layers.Dense(7, activation="tanh"), layers.Dense(width)]
    if choices.boolean():
        steps.insert(1, layers.LayerNormalization())
    return layers.TimeDistributed(keras.Sequential(steps))(x)


BLOCKS = (
    convolution,
    grouped,
    depthwise,
    separable,
    transposed,
    dense,
    two_axes,
    mixed_over_time,
    normalized,
    self_attention,
    cross_attention,
    attention_without_heads,
    recurrent,
    encoder_and_decoder,
    residual,
    joined,
    joined_in_time,
    gated,
    summary,
    operations,
    resized,
    shared,
    nested,
    distributed,
)


def head(choices, x):
    """From a sequence to a vector, in several ways."""
    way = choices.choice(("flatten", "pool", "first", "recurrent", "softmax"))
    if way == "flatten":
        return layers.Flatten()(x)
    if way == "pool":
        return layers.GlobalAveragePooling1D()(x)
    if way == "first":
        return x[:, 0]
    if way == "recurrent":
        return choices.choice(RECURRENT)(4)(x)
    weights = layers.Softmax(axis=1)(layers.Dense(1)(x))
    return layers.Flatten()(layers.Dot(axes=1)([weights, x]))
