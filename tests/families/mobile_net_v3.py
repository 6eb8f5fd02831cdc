"""MobileNet V3 (Howard et al., 2019) as a subclassed model."""

import keras
from keras import layers, ops

from tests.families.serializable import serializable


@serializable
class SqueezeExcite(layers.Layer):
    """Scales each channel by what all channels hold on average."""

    def __init__(self, ratio=4, **kwargs):
        super().__init__(**kwargs)
        self.ratio = ratio

    def build(self, input_shape):
        filters = input_shape[-1]
        self.reduce = layers.Dense(filters // self.ratio, activation="relu")
        self.reduce.build((None, filters))
        self.expand = layers.Dense(filters, activation="hard_sigmoid")
        self.expand.build((None, filters // self.ratio))

    def call(self, x):
        scale = self.expand(self.reduce(ops.mean(x, axis=(1, 2))))
        return x * ops.reshape(scale, (-1, 1, 1, x.shape[-1]))

    def get_config(self):
        return {**super().get_config(), "ratio": self.ratio}


@serializable
class InvertedResidual(layers.Layer):
    """Widens, filters each channel, weighs, and narrows again."""

    def __init__(self, filters, expansion, strides, excite, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.expansion = expansion
        self.strides = strides
        self.excite = excite

    def build(self, input_shape):
        channels = input_shape[-1]
        hidden = channels * self.expansion
        self.is_residual = self.strides == 1 and channels == self.filters
        self.expand = layers.Conv2D(hidden, 1, use_bias=False)
        self.norm_1 = layers.BatchNormalization(momentum=0.999)
        self.pad = layers.ZeroPadding2D(1)
        self.depthwise = layers.DepthwiseConv2D(
            3, strides=self.strides, use_bias=False
        )
        self.norm_2 = layers.BatchNormalization(momentum=0.999)
        self.squeeze_excite = SqueezeExcite() if self.excite else None
        self.project = layers.Conv2D(self.filters, 1, use_bias=False)
        self.norm_3 = layers.BatchNormalization(momentum=0.999)
        wide = (*input_shape[:-1], hidden)
        for layer, shape in (
            (self.expand, input_shape),
            (self.norm_1, wide),
            (self.depthwise, wide),
            (self.norm_2, wide),
            (self.project, wide),
            (self.norm_3, (*input_shape[:-1], self.filters)),
        ):
            layer.build(shape)
        if self.squeeze_excite is not None:
            self.squeeze_excite.build(wide)

    def call(self, inputs, training=None):
        x = self.norm_1(self.expand(inputs), training=training)
        x = self.depthwise(self.pad(ops.relu6(x)))
        x = ops.hard_silu(self.norm_2(x, training=training))
        if self.squeeze_excite is not None:
            x = self.squeeze_excite(x)
        x = self.norm_3(self.project(x), training=training)
        return inputs + x if self.is_residual else x

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "expansion": self.expansion,
            "strides": self.strides,
            "excite": self.excite,
        }


@serializable
class MobileNet(keras.Model):
    """Stem, blocks and head, each a method."""

    def __init__(self, stages, num_classes, **kwargs):
        super().__init__(**kwargs)
        self.stages = stages
        self.num_classes = num_classes
        self.stem_conv = layers.Conv2D(8, 3, padding="same", use_bias=False)
        self.stem_norm = layers.BatchNormalization()
        self.blocks = [
            InvertedResidual(filters, 3, strides if index == 0 else 1, excite)
            for filters, repeats, strides, excite in stages
            for index in range(repeats)
        ]
        self.pool = layers.GlobalAveragePooling2D()
        self.hidden = layers.Dense(24, activation="hard_silu")
        self.dropout = layers.Dropout(0.2)
        self.classifier = layers.Dense(num_classes)

    def stem(self, images, training):
        x = self.stem_norm(self.stem_conv(images), training=training)
        return ops.hard_silu(x)

    def features(self, x, training):
        for block in self.blocks:
            x = block(x, training=training)
        return x

    def head(self, x, training):
        x = self.hidden(self.pool(x))
        return self.classifier(self.dropout(x, training=training))

    def call(self, images, training=False):
        x = self.stem(images, training)
        x = self.features(x, training)
        return self.head(x, training)

    def get_config(self):
        return {
            **super().get_config(),
            "stages": self.stages,
            "num_classes": self.num_classes,
        }


def mobile_net_v3() -> keras.Model:
    """Two stages, one of them weighing its channels."""
    stages = [(8, 2, 1, False), (12, 2, 2, True)]
    model = MobileNet(stages, num_classes=5)
    model(keras.Input((12, 12, 3)))
    return model
