"""Small networks of the kinds that are quantized."""

import keras
import numpy as np
from keras import layers

IMAGE = (8, 8, 3)


def images(count=24, seed=0):
    x = np.random.default_rng(seed).normal(size=(count, *IMAGE))
    return x.astype("float32")


def trained(model, seed=1):
    """A model whose batch normalization has seen something."""
    random = np.random.default_rng(seed)
    for layer in model._flatten_layers():  # noqa: SLF001
        if isinstance(layer, layers.BatchNormalization):
            size = layer.moving_mean.shape
            layer.moving_mean.assign(random.normal(0, 0.3, size))
            layer.moving_variance.assign(random.uniform(0.5, 2, size))
            layer.gamma.assign(random.uniform(0.5, 1.5, size))
            layer.beta.assign(random.normal(0, 0.2, size))
    return model


def with_biases(model, seed=0):
    """A model whose biases are not zero."""
    random = np.random.default_rng(seed)
    for weight in model.trainable_variables:
        if weight.name in ("bias", "beta"):
            weight.assign(random.normal(0, 0.3, weight.shape))
    return model


def residual():
    """Convolutions, batch normalization, a residual and a softmax."""
    inputs = keras.Input(IMAGE, name="image")
    x = layers.Conv2D(6, 3, padding="same", use_bias=False, name="stem")(inputs)
    x = layers.ReLU(name="stem_relu")(layers.BatchNormalization()(x))
    y = layers.DepthwiseConv2D(3, padding="same", name="depthwise")(x)
    y = layers.ReLU(6.0)(layers.BatchNormalization()(y))
    y = layers.Conv2D(6, 1, name="pointwise")(y)
    y = layers.BatchNormalization()(y)
    x = layers.Activation("relu", name="sum_relu")(
        layers.Add(name="sum")([x, y])
    )
    x = layers.MaxPooling2D(name="pool")(x)
    x = layers.Conv2D(8, 3, activation="relu", name="last")(x)
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    x = layers.Dense(5, activation="softmax", name="classes")(x)
    return trained(keras.Model(inputs, x, name="residual"))


def sequential():
    return keras.Sequential(
        [
            keras.Input(IMAGE),
            layers.Conv2D(4, 3, padding="same", activation="relu"),
            layers.SeparableConv2D(6, 3, activation="relu"),
            layers.AveragePooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(4, name="logits"),
        ],
        name="sequential",
    )


def concatenating():
    """Concatenations of concatenations: one scale for all of them."""
    inputs = keras.Input(IMAGE)
    first = layers.Conv2D(4, 3, padding="same", activation="relu")(inputs)
    second = layers.Conv2D(3, 3, padding="same")(first)
    both = layers.Concatenate(name="both")([first, second])
    third = layers.Conv2D(2, 1)(both)
    x = layers.Concatenate(name="all")([both, third])
    x = layers.GlobalMaxPooling2D()(x)
    return keras.Model(inputs, layers.Dense(3)(x), name="concatenating")


def over_time():
    """Convolutions over sequences."""
    inputs = keras.Input(IMAGE)
    x = layers.Reshape((16, 12))(inputs)
    x = layers.Conv1D(6, 3, padding="causal", use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.Conv1D(6, 3, strides=2, padding="same", activation="relu")(x)
    x = layers.Conv1D(4, 3, dilation_rate=2)(x)
    x = layers.GlobalAveragePooling1D()(x)
    return trained(keras.Model(inputs, layers.Dense(3)(x), name="over_time"))


def separated():
    """Depthwise and separable convolutions over sequences."""
    inputs = keras.Input(IMAGE)
    x = layers.Reshape((16, 12))(inputs)
    x = layers.DepthwiseConv1D(
        3, padding="same", depth_multiplier=2, activation="relu"
    )(x)
    x = layers.SeparableConv1D(6, 3, strides=2)(x)
    x = layers.TimeDistributed(layers.Dense(5))(x)
    x = layers.SeparableConv1D(4, 3, padding="same", use_bias=False)(x)
    x = layers.Flatten()(layers.ReLU()(layers.BatchNormalization()(x)))
    x = layers.Dense(3, kernel_initializer="he_normal")(x)
    return trained(keras.Model(inputs, x, name="separated"))


def nested():
    inner = residual()
    body = keras.Model(inner.input, inner.layers[-2].output, name="body")
    inputs = keras.Input(IMAGE)
    outputs = layers.Dense(3, name="head")(body(inputs))
    return keras.Model(inputs, outputs, name="nested")


def preactivated():
    """Batch normalization that no layer before it can take in."""
    inputs = keras.Input(IMAGE)
    x = layers.Conv2D(4, 1, activation="relu")(inputs)
    x = layers.BatchNormalization(name="between")(x)
    x = layers.Conv2D(4, 3)(layers.ReLU()(x))
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.BatchNormalization(name="of_vectors")(x)
    return trained(keras.Model(inputs, layers.Dense(3)(x), name="preactivated"))


def gated():
    """A squeeze and excitation, and activations of several kinds."""
    inputs = keras.Input(IMAGE)
    x = layers.Conv2D(4, 3, activation="silu")(inputs)
    x = layers.Conv2D(4, 1, activation="gelu")(x)
    squeezed = layers.GlobalAveragePooling2D(keepdims=True)(x)
    excited = layers.Conv2D(4, 1, activation="sigmoid")(squeezed)
    x = layers.Multiply()([x, excited])
    x = layers.GlobalAveragePooling2D()(layers.Activation("tanh")(x))
    return keras.Model(inputs, layers.Dense(3)(x), name="gated")


def transformer(blocks=1):
    """A small vision transformer."""
    inputs = keras.Input(IMAGE)
    x = layers.Reshape((4, 8))(layers.Conv2D(8, 4, strides=4)(inputs))
    for number in range(blocks):
        y = layers.LayerNormalization()(x)
        y = layers.MultiHeadAttention(2, 4, name=f"attention_{number}")(y, y)
        x = layers.Add()([x, y])
        y = layers.LayerNormalization()(x)
        y = layers.Dense(16, activation="gelu")(y)
        x = layers.Add()([x, layers.Dense(8)(y)])
    x = layers.GlobalAveragePooling1D()(layers.LayerNormalization()(x))
    return keras.Model(inputs, layers.Dense(3)(x), name="transformer")


def upsampling():
    """Transposed convolutions."""
    inputs = keras.Input(IMAGE)
    x = layers.Conv2D(4, 3, strides=2, padding="same")(inputs)
    x = layers.Conv2DTranspose(5, 3, strides=2, padding="same")(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.Conv2DTranspose(3, 2, strides=2)(x)
    x = layers.Flatten()(layers.MaxPooling2D(4)(x))
    return trained(keras.Model(inputs, layers.Dense(3)(x), name="upsampling"))


class Block(layers.Layer):
    """A layer of a user's, with a weight of its own."""

    def build(self, shape):
        self.place = self.add_weight(shape=(1, *shape[1:]), name="place")
        self.norm = layers.LayerNormalization()
        self.norm.build(shape)
        self.dense = layers.Dense(shape[-1], activation="gelu")
        self.dense.build(shape)

    def call(self, x):
        x = x + self.place
        return x + self.dense(self.norm(x))


def composite():
    inputs = keras.Input(IMAGE)
    x = layers.Reshape((4, 8))(layers.Conv2D(8, 4, strides=4)(inputs))
    x = layers.GlobalAveragePooling1D()(Block()(x))
    return keras.Model(inputs, layers.Dense(3)(x), name="composite")


NETWORKS = {
    "composite": composite,
    "residual": residual,
    "separated": separated,
    "sequential": sequential,
    "concatenating": concatenating,
    "nested": nested,
    "over_time": over_time,
    "preactivated": preactivated,
    "gated": gated,
    "transformer": transformer,
    "upsampling": upsampling,
}
