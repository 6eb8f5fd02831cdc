"""Blocks on images, out of every handled kind of layer."""

import keras
from keras import layers

ACTIVATIONS = ("relu", "tanh", "sigmoid", "gelu", "leaky_relu", "softplus")


def convolution(choices, x):
    return layers.Conv2D(
        choices.choice((4, 6, 8)),
        choices.choice((1, 3)),
        padding="same",
        use_bias=choices.boolean(),
        activation=choices.choice((None, *ACTIVATIONS)),
    )(x)


def grouped(choices, x):
    channels = x.shape[-1]
    groups = choices.choice(
        [g for g in (2, 4) if channels % g == 0] + [channels]
    )
    return layers.Conv2D(groups * 2, 3, padding="same", groups=groups)(x)


def transposed(choices, x):
    return layers.Conv2DTranspose(6, 3, padding="same")(x)


def depthwise(choices, x):
    multiplier = choices.choice((1, 2))
    return layers.DepthwiseConv2D(
        3, padding="same", depth_multiplier=multiplier
    )(x)


def separable(choices, x):
    return layers.SeparableConv2D(
        6, 3, padding="same", depth_multiplier=choices.choice((1, 2))
    )(x)


def pointwise(choices, x):
    return choices.choice(
        (
            layers.Dense(6, activation="tanh"),
            layers.EinsumDense("abcd,de->abce", (*x.shape[1:3], 6)),
        )
    )(x)


def normalized(choices, x):
    return layers.BatchNormalization(
        scale=choices.boolean(), center=choices.boolean()
    )(x)


def normalized_by_example(choices, x):
    channels = x.shape[-1]
    groups = [g for g in (1, 2, 3, channels) if channels % g == 0]
    return choices.choice(
        (
            layers.LayerNormalization(scale=choices.boolean()),
            layers.LayerNormalization(axis=[1, 2, 3]),
            layers.RMSNormalization(epsilon=1e-2),
            layers.UnitNormalization(),
            layers.GroupNormalization(choices.choice(groups)),
        )
    )(x)


def activated(choices, x):
    kind = choices.choice(
        (
            lambda: layers.Activation(choices.choice(ACTIVATIONS)),
            layers.ReLU,
            layers.ELU,
            layers.LeakyReLU,
            lambda: layers.PReLU(shared_axes=[1, 2]),
            lambda: layers.Dropout(0.5),
            lambda: layers.Rescaling(0.5, 0.1),
        )
    )
    return kind()(x)


def operation(choices, x):
    return choices.choice(
        (keras.ops.relu, keras.ops.sigmoid, keras.ops.square, abs)
    )(x)


def pooled(choices, x):
    kind = choices.choice((layers.MaxPooling2D, layers.AveragePooling2D))
    return kind(3, strides=1, padding="same")(x)


def padded_and_cropped(choices, x):
    return layers.Cropping2D(1)(layers.ZeroPadding2D(1)(x))


def resized(choices, x):
    return layers.AveragePooling2D(2)(layers.UpSampling2D(2)(x))


def residual(choices, x):
    kind = choices.choice(
        (
            layers.Add,
            layers.Subtract,
            layers.Multiply,
            layers.Average,
            layers.Maximum,
            layers.Minimum,
        )
    )
    y = layers.Conv2D(x.shape[-1], 3, padding="same", activation="tanh")(x)
    return kind()([x, y]) if choices.boolean() else x + y


def joined(choices, x):
    y = layers.Conv2D(choices.choice((2, 3)), 1)(x)
    return layers.Concatenate()([x, y])


def stacked_in_space(choices, x):
    y = layers.Conv2D(x.shape[-1], 1)(x)
    y = layers.Concatenate(axis=1)([x, y])
    return layers.MaxPooling2D((2, 1))(y)


def shuffled(choices, x):
    *places, channels = x.shape[1:]
    if channels % 2:
        return x
    x = layers.Reshape((*places, 2, channels // 2))(x)
    x = layers.Permute((1, 2, 4, 3))(x)
    return layers.Reshape((*places, channels))(x)


def squeezed_and_excited(choices, x):
    s = layers.GlobalAveragePooling2D(keepdims=choices.boolean())(x)
    s = layers.Dense(4, activation="relu")(s)
    s = layers.Dense(x.shape[-1], activation="sigmoid")(s)
    if len(s.shape) == 2:
        s = layers.Reshape((1, 1, x.shape[-1]))(s)
    return layers.Multiply()([x, s])


def shared(choices, x):
    layer = layers.Conv2D(x.shape[-1], 3, padding="same", activation="tanh")
    return layer(layer(x))


def nested(choices, x):
    inputs = keras.Input(x.shape[1:])
    y = layers.Conv2D(5, 1, activation="tanh")(inputs)
    model = keras.Model(inputs, layers.Conv2D(x.shape[-1], 1)(y))
    return layers.Add()([model(x), x])


def sequential(choices, x):
    return keras.Sequential(
        [keras.Input(x.shape[1:]), layers.Conv2D(6, 1), layers.ReLU()]
    )(x)


def distributed(choices, x):
    """A model on each row."""
    inputs = keras.Input(x.shape[2:])
    y = layers.Conv1D(x.shape[-1], 3, padding="same")(inputs)
    y = layers.Add()([inputs, layers.BatchNormalization()(y)])
    y = layers.Conv1D(choices.choice((x.shape[-1], 5)), 1)(layers.ReLU()(y))
    return layers.TimeDistributed(keras.Model(inputs, y))(x)


BLOCKS = (
    convolution,
    grouped,
    transposed,
    depthwise,
    separable,
    pointwise,
    normalized,
    normalized_by_example,
    activated,
    operation,
    pooled,
    padded_and_cropped,
    resized,
    residual,
    joined,
    stacked_in_space,
    shuffled,
    squeezed_and_excited,
    shared,
    nested,
    sequential,
    distributed,
)


def recurrent(choices, x):
    """From a sequence to a vector, through one or two loops."""
    x = layers.TimeDistributed(layers.Dense(5, activation="tanh"))(x)
    kind = choices.choice((layers.LSTM, layers.GRU, layers.SimpleRNN))
    mode = choices.choice(("concat", "sum", "ave", "mul"))
    x = layers.Bidirectional(kind(4, return_sequences=True), merge_mode=mode)(x)
    return kind(x.shape[-1])(layers.Add()([x, layers.Dense(x.shape[-1])(x)]))


def head(choices, x):
    """From a feature map to a vector, in several ways."""
    way = choices.choice(("flatten", "pool", "steps", "permute", "recurrent"))
    if way == "flatten":
        return layers.Flatten()(x)
    if way == "pool":
        return layers.GlobalMaxPooling2D()(x)
    *places, channels = x.shape[1:]
    x = layers.Reshape((places[0] * places[1], channels))(x)
    if way == "permute":
        x = layers.Conv1D(5, 3)(x)
        return layers.Flatten()(layers.Permute((2, 1))(x))
    if way == "recurrent":
        return recurrent(choices, x)
    x = layers.SeparableConv1D(5, 3, activation="tanh")(x)
    x = layers.GlobalAveragePooling1D()(x)
    return layers.Flatten()(layers.RepeatVector(2)(x))
