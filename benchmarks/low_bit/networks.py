"""Networks that are trained as integers compute."""

import keras
from keras import layers

from tfprune import models
from tfprune.models.data import Dataset


def resnet_20(dataset: Dataset) -> keras.Model:
    """ResNet-20, half as wide."""
    return models.get("resnet_20")(
        input_shape=dataset.input_shape,
        num_classes=dataset.num_classes,
        width_multiplier=0.5,
    )


def mobilenet_v2(dataset: Dataset) -> keras.Model:
    """Inverted residuals, half as wide."""
    return models.get("mobilenet_v2")(
        input_shape=dataset.input_shape,
        num_classes=dataset.num_classes,
        width_multiplier=0.5,
    )


def keyword_cnn(dataset: Dataset) -> keras.Model:
    """The small DS-CNN of "Hello Edge" (arXiv:1711.07128), for images."""

    def normalized(x: keras.KerasTensor) -> keras.KerasTensor:
        return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))

    inputs = keras.Input(dataset.input_shape)
    x = layers.Conv2D(64, 3, strides=2, padding="same", use_bias=False)(inputs)
    x = normalized(x)
    for _ in range(4):
        x = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
        x = layers.Conv2D(64, 1, use_bias=False)(normalized(x))
        x = normalized(x)
    x = layers.GlobalAveragePooling2D()(x)
    outputs = layers.Dense(dataset.num_classes, activation="softmax")(x)
    return keras.Model(inputs, outputs, name="keyword_cnn")


@keras.saving.register_keras_serializable(package="low_bit")
class Positions(layers.Layer):
    """Adds to each patch a vector for where it is, which is learned."""

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Makes the vectors."""
        self.vectors = self.add_weight(
            shape=input_shape[1:], initializer="normal", name="vectors"
        )

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        """Adds them."""
        return inputs + self.vectors


def vision_transformer(dataset: Dataset) -> keras.Model:
    """Two blocks of attention over 49 patches (arXiv:2010.11929)."""
    width, patch = 64, 4
    inputs = keras.Input(dataset.input_shape)
    x = layers.Conv2D(width, patch, strides=patch)(inputs)
    x = layers.Reshape((-1, width))(x)
    x = Positions()(x)
    for _ in range(2):
        y = layers.LayerNormalization(epsilon=1e-6)(x)
        y = layers.MultiHeadAttention(4, width // 4)(y, y)
        x = layers.Add()([x, y])
        y = layers.LayerNormalization(epsilon=1e-6)(x)
        y = layers.Dense(2 * width, activation="gelu")(y)
        x = layers.Add()([x, layers.Dense(width)(y)])
    x = layers.LayerNormalization(epsilon=1e-6)(x)
    x = layers.GlobalAveragePooling1D()(x)
    outputs = layers.Dense(dataset.num_classes, activation="softmax")(x)
    return keras.Model(inputs, outputs, name="vision_transformer")
