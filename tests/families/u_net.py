"""U-Net (Ronneberger et al., 2015)."""

import keras
from keras import layers, ops

from tests.families.serializable import serializable


@serializable
class DoubleConvolution(layers.Layer):
    """Two convolutions, each normalized and rectified."""

    def __init__(self, filters, data_format="channels_last", **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.data_format = data_format
        axis = 1 if data_format == "channels_first" else -1
        self.convolutions = [
            layers.Conv2D(
                filters,
                3,
                padding="same",
                use_bias=False,
                data_format=data_format,
            )
            for _ in range(2)
        ]
        self.norms = [layers.BatchNormalization(axis=axis) for _ in range(2)]

    def call(self, x, training=None):
        for convolution, norm in zip(
            self.convolutions, self.norms, strict=True
        ):
            x = ops.relu(norm(convolution(x), training=training))
        return x

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "data_format": self.data_format,
        }


@serializable
class UpBlock(layers.Layer):
    """Doubles a map, joins it with the skip connection, and filters."""

    def __init__(self, filters, way, data_format="channels_last", **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.way = way
        self.data_format = data_format
        self.axis = 1 if data_format == "channels_first" else -1
        if way == "transposed":
            self.enlarge = layers.Conv2DTranspose(
                filters, 2, strides=2, padding="same", data_format=data_format
            )
        else:
            self.enlarge = layers.UpSampling2D(2, data_format=data_format)
        self.convolve = DoubleConvolution(filters, data_format)

    def call(self, x, skip, training=None):
        x = ops.concatenate([self.enlarge(x), skip], axis=self.axis)
        return self.convolve(x, training=training)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "way": self.way,
            "data_format": self.data_format,
        }


def network(shape, data_format="channels_last", ways=("up", "transposed")):
    """Two steps down and two up, by another way each."""
    inputs = keras.Input(shape)
    x, skips = inputs, []
    for filters in (8, 12):
        x = DoubleConvolution(filters, data_format)(x)
        skips.append(x)
        x = layers.MaxPooling2D(2, data_format=data_format)(x)
    x = DoubleConvolution(16, data_format)(x)
    for filters, way in zip((12, 8), ways, strict=True):
        x = UpBlock(filters, way, data_format)(x, skips.pop())
    outputs = layers.Conv2D(
        3, 1, activation="sigmoid", data_format=data_format
    )(x)
    return keras.Model(inputs, outputs)


def u_net() -> keras.Model:
    """Channels last, of fixed size."""
    return network((16, 16, 3))


def u_net_channels_first() -> keras.Model:
    """Channels before the places."""
    return network((3, 16, 16), "channels_first")


def u_net_any_size() -> keras.Model:
    """Height and width are not known before the data are."""
    inputs = keras.Input((None, None, 3))
    x, skips = inputs, []
    for filters in (8, 12):
        x = DoubleConvolution(filters)(x)
        skips.append(x)
        x = layers.MaxPooling2D(2)(x)
    x = layers.SpatialDropout2D(0.2)(DoubleConvolution(16)(x))
    for filters in (12, 8):
        x = layers.Conv2DTranspose(filters, 2, strides=2)(x)
        x = layers.Concatenate()([x, skips.pop()])
        x = DoubleConvolution(filters)(x)
    return keras.Model(inputs, layers.Conv2D(3, 1, activation="sigmoid")(x))
