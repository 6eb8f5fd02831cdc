"""ShuffleNet V2 (Ma et al., 2018)."""

import keras
from keras import layers, ops

from tests.families.serializable import serializable


def channel_shuffle(x, groups=2):
    """Interleaves the channels of the groups."""
    _, height, width, channels = x.shape
    x = ops.reshape(x, (-1, height, width, groups, channels // groups))
    x = ops.transpose(x, (0, 1, 2, 4, 3))
    return ops.reshape(x, (-1, height, width, channels))


@serializable
class PointwiseUnit(layers.Layer):
    """Convolution of size 1, batch normalization, ReLU."""

    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.conv = layers.Conv2D(filters, 1, use_bias=False)
        self.norm = layers.BatchNormalization()

    def call(self, x, training=None):
        return ops.relu(self.norm(self.conv(x), training=training))

    def get_config(self):
        return {**super().get_config(), "filters": self.filters}


@serializable
class DepthwiseUnit(layers.Layer):
    """Depthwise convolution and batch normalization."""

    def __init__(self, strides, **kwargs):
        super().__init__(**kwargs)
        self.strides = strides
        self.conv = layers.DepthwiseConv2D(
            3, strides=strides, padding="same", use_bias=False
        )
        self.norm = layers.BatchNormalization()

    def call(self, x, training=None):
        return self.norm(self.conv(x), training=training)

    def get_config(self):
        return {**super().get_config(), "strides": self.strides}


@serializable
class ShuffleUnit(layers.Layer):
    """Half of the channels pass, the others are filtered; then a shuffle."""

    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.branch = [
            PointwiseUnit(filters // 2),
            DepthwiseUnit(1),
            PointwiseUnit(filters // 2),
        ]

    def call(self, x, training=None):
        left, right = ops.split(x, 2, axis=-1)
        for layer in self.branch:
            right = layer(right, training=training)
        return channel_shuffle(ops.concatenate([left, right], axis=-1))

    def get_config(self):
        return {**super().get_config(), "filters": self.filters}


@serializable
class DownsamplingUnit(layers.Layer):
    """Both branches see all channels and halve the map."""

    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.left = keras.Sequential(
            [DepthwiseUnit(2), PointwiseUnit(filters // 2)], name="left"
        )
        self.right = keras.Sequential(
            [
                PointwiseUnit(filters // 2),
                DepthwiseUnit(2),
                PointwiseUnit(filters // 2),
            ],
            name="right",
        )

    def call(self, x, training=None):
        left = self.left(x, training=training)
        right = self.right(x, training=training)
        return channel_shuffle(ops.concatenate([left, right], axis=-1))

    def get_config(self):
        return {**super().get_config(), "filters": self.filters}


def shuffle_net_v2() -> keras.Model:
    """Two stages."""
    inputs = keras.Input((16, 16, 3))
    x = layers.Conv2D(8, 3, padding="same", use_bias=False)(inputs)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    for filters in (16, 32):
        x = DownsamplingUnit(filters)(x)
        for _ in range(2):
            x = ShuffleUnit(filters)(x)
    x = PointwiseUnit(32)(x)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(5)(x))
