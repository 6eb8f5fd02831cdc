"""Random networks out of every handled kind of layer, for Hypothesis."""

import keras
from hypothesis import strategies as st
from keras import layers

from tests.testing import randomize

ACTIVATIONS = ("relu", "tanh", "sigmoid", "gelu", "leaky_relu", "softplus")


def convolution(draw, x):
    return layers.Conv2D(
        draw(st.sampled_from((4, 6, 8))),
        draw(st.sampled_from((1, 3))),
        padding="same",
        use_bias=draw(st.booleans()),
        activation=draw(st.sampled_from((None, *ACTIVATIONS))),
    )(x)


def grouped(draw, x):
    channels = x.shape[-1]
    groups = draw(
        st.sampled_from([g for g in (2, 4, channels) if channels % g == 0])
        if channels % 2 == 0
        else st.just(channels)
    )
    return layers.Conv2D(groups * 2, 3, padding="same", groups=groups)(x)


def transposed(draw, x):
    return layers.Conv2DTranspose(6, 3, padding="same")(x)


def depthwise(draw, x):
    multiplier = draw(st.sampled_from((1, 2)))
    return layers.DepthwiseConv2D(
        3, padding="same", depth_multiplier=multiplier
    )(x)


def separable(draw, x):
    return layers.SeparableConv2D(
        6, 3, padding="same", depth_multiplier=draw(st.sampled_from((1, 2)))
    )(x)


def pointwise(draw, x):
    return draw(
        st.sampled_from(
            (
                layers.Dense(6, activation="tanh"),
                layers.EinsumDense("abcd,de->abce", (*x.shape[1:3], 6)),
            )
        )
    )(x)


def normalized(draw, x):
    return layers.BatchNormalization(
        scale=draw(st.booleans()), center=draw(st.booleans())
    )(x)


def normalized_by_example(draw, x):
    channels = x.shape[-1]
    groups = [g for g in (1, 2, 3, channels) if channels % g == 0]
    return draw(
        st.sampled_from(
            (
                layers.LayerNormalization(scale=draw(st.booleans())),
                layers.LayerNormalization(axis=[1, 2, 3]),
                layers.RMSNormalization(epsilon=1e-2),
                layers.UnitNormalization(),
                layers.GroupNormalization(draw(st.sampled_from(groups))),
            )
        )
    )(x)


def activated(draw, x):
    kind = draw(
        st.sampled_from(
            (
                lambda: layers.Activation(draw(st.sampled_from(ACTIVATIONS))),
                layers.ReLU,
                layers.ELU,
                layers.LeakyReLU,
                lambda: layers.PReLU(shared_axes=[1, 2]),
                lambda: layers.Dropout(0.5),
                lambda: layers.Rescaling(0.5, 0.1),
            )
        )
    )
    return kind()(x)


def operation(draw, x):
    return draw(
        st.sampled_from(
            (keras.ops.relu, keras.ops.sigmoid, keras.ops.square, abs)
        )
    )(x)


def pooled(draw, x):
    kind = draw(st.sampled_from((layers.MaxPooling2D, layers.AveragePooling2D)))
    return kind(3, strides=1, padding="same")(x)


def padded_and_cropped(draw, x):
    return layers.Cropping2D(1)(layers.ZeroPadding2D(1)(x))


def resized(draw, x):
    return layers.AveragePooling2D(2)(layers.UpSampling2D(2)(x))


def residual(draw, x):
    kind = draw(
        st.sampled_from(
            (
                layers.Add,
                layers.Subtract,
                layers.Multiply,
                layers.Average,
                layers.Maximum,
                layers.Minimum,
            )
        )
    )
    y = layers.Conv2D(x.shape[-1], 3, padding="same", activation="tanh")(x)
    return kind()([x, y]) if draw(st.booleans()) else x + y


def joined(draw, x):
    y = layers.Conv2D(draw(st.sampled_from((2, 3))), 1)(x)
    return layers.Concatenate()([x, y])


def stacked_in_space(draw, x):
    y = layers.Conv2D(x.shape[-1], 1)(x)
    y = layers.Concatenate(axis=1)([x, y])
    return layers.MaxPooling2D((2, 1))(y)


def shuffled(draw, x):
    *places, channels = x.shape[1:]
    if channels % 2:
        return x
    x = layers.Reshape((*places, 2, channels // 2))(x)
    x = layers.Permute((1, 2, 4, 3))(x)
    return layers.Reshape((*places, channels))(x)


def squeezed_and_excited(draw, x):
    s = layers.GlobalAveragePooling2D(keepdims=draw(st.booleans()))(x)
    s = layers.Dense(4, activation="relu")(s)
    s = layers.Dense(x.shape[-1], activation="sigmoid")(s)
    if len(s.shape) == 2:
        s = layers.Reshape((1, 1, x.shape[-1]))(s)
    return layers.Multiply()([x, s])


def shared(draw, x):
    layer = layers.Conv2D(x.shape[-1], 3, padding="same", activation="tanh")
    return layer(layer(x))


def nested(draw, x):
    inputs = keras.Input(x.shape[1:])
    y = layers.Conv2D(5, 1, activation="tanh")(inputs)
    model = keras.Model(inputs, layers.Conv2D(x.shape[-1], 1)(y))
    return layers.Add()([model(x), x])


def sequential(draw, x):
    return keras.Sequential(
        [keras.Input(x.shape[1:]), layers.Conv2D(6, 1), layers.ReLU()]
    )(x)


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
)


def recurrent(draw, x):
    """From a sequence to a vector, through one or two loops."""
    x = layers.TimeDistributed(layers.Dense(5, activation="tanh"))(x)
    kind = draw(st.sampled_from((layers.LSTM, layers.GRU, layers.SimpleRNN)))
    mode = draw(st.sampled_from(("concat", "sum", "ave", "mul")))
    x = layers.Bidirectional(kind(4, return_sequences=True), merge_mode=mode)(x)
    return kind(x.shape[-1])(layers.Add()([x, layers.Dense(x.shape[-1])(x)]))


def head(draw, x):
    """From a feature map to a vector, in several ways."""
    way = draw(
        st.sampled_from(("flatten", "pool", "steps", "permute", "recurrent"))
    )
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
        return recurrent(draw, x)
    x = layers.SeparableConv1D(5, 3, activation="tanh")(x)
    x = layers.GlobalAveragePooling1D()(x)
    return layers.Flatten()(layers.RepeatVector(2)(x))


@st.composite
def networks(draw) -> keras.Model:
    """A network of one or two inputs and outputs, all weights random."""
    keras.backend.clear_session()
    inputs = [keras.Input((4, 4, 3))]
    x = layers.Conv2D(draw(st.sampled_from((4, 8))), 3, padding="same")(
        inputs[0]
    )
    if draw(st.booleans()):
        inputs.append(keras.Input((4, 4, 2)))
        y = layers.Conv2D(x.shape[-1], 1, activation="tanh")(inputs[1])
        x = layers.Add()([x, y])
    outputs = []
    for block in draw(st.lists(st.sampled_from(BLOCKS), max_size=6)):
        x = block(draw, x)
        if x.shape[-1] > 24:
            x = layers.Conv2D(6, 1)(x)
    if draw(st.booleans()):
        outputs.append(layers.Conv2D(2, 1, name="map")(x))
    outputs.append(layers.Dense(3, name="scores")(head(draw, x)))
    model = keras.Model(inputs, outputs)
    return randomize(model, draw(st.integers(0, 2**16)))
