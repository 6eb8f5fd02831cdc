"""A detector of objects and key points, of several inputs and outputs."""

import keras
import numpy as np
from keras import layers, ops

from tests.families.serializable import serializable


@serializable
class ConvolutionUnit(layers.Layer):
    """Convolution, batch normalization, SiLU."""

    def __init__(self, filters, kernel_size=3, strides=1, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.conv = layers.Conv2D(
            filters,
            kernel_size,
            strides=strides,
            padding="same",
            use_bias=False,
        )
        self.norm = layers.BatchNormalization()

    def call(self, x, training=None):
        return ops.silu(self.norm(self.conv(x), training=training))

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
        }


@serializable
class CrossStageBlock(layers.Layer):
    """Splits the channels; each unit's output is kept and joined."""

    def __init__(self, filters, num_units, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.num_units = num_units
        self.enter = ConvolutionUnit(filters, 1)
        self.units = [
            ConvolutionUnit(filters // 2, 3) for _ in range(num_units)
        ]
        self.leave = ConvolutionUnit(filters, 1)

    def call(self, x, training=None):
        parts = list(ops.split(self.enter(x, training=training), 2, axis=-1))
        for unit in self.units:
            parts.append(parts[-1] + unit(parts[-1], training=training))
        x = ops.concatenate(parts, axis=-1)
        return self.leave(x, training=training)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "num_units": self.num_units,
        }


@serializable
class Pyramid(layers.Layer):
    """Brings maps of two sizes to one width, the smaller seen by the larger."""

    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.laterals = [layers.Conv2D(filters, 1) for _ in range(2)]
        self.smooth = [ConvolutionUnit(filters) for _ in range(2)]
        self.enlarge = layers.UpSampling2D(2)

    def call(self, maps, training=None):
        fine, coarse = (
            lateral(x) for lateral, x in zip(self.laterals, maps, strict=True)
        )
        fine = fine + self.enlarge(coarse)
        return [
            smooth(x, training=training)
            for smooth, x in zip(self.smooth, (fine, coarse), strict=True)
        ]

    def get_config(self):
        return {**super().get_config(), "filters": self.filters}


@serializable
class DetectionHead(layers.Layer):
    """Boxes and classes of every place of every map, by shared filters."""

    def __init__(self, filters, num_classes, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.num_classes = num_classes
        self.box_tower = ConvolutionUnit(filters)
        self.class_tower = ConvolutionUnit(filters)
        self.boxes = layers.Conv2D(4, 1)
        self.classes = layers.Conv2D(num_classes, 1, activation="sigmoid")

    def call(self, maps, training=None):
        boxes, classes = [], []
        for x in maps:
            box = self.boxes(self.box_tower(x, training=training))
            boxes.append(ops.reshape(box, (-1, x.shape[1] * x.shape[2], 4)))
            score = self.classes(self.class_tower(x, training=training))
            classes.append(
                ops.reshape(
                    score, (-1, x.shape[1] * x.shape[2], self.num_classes)
                )
            )
        return {
            "boxes": ops.concatenate(boxes, axis=1),
            "classes": ops.concatenate(classes, axis=1),
        }

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "num_classes": self.num_classes,
        }


@serializable
class KeyPointHead(layers.Layer):
    """Where a heat map has its centre, for every key point."""

    def __init__(self, num_points, filters, **kwargs):
        super().__init__(**kwargs)
        self.num_points = num_points
        self.filters = filters
        self.tower = ConvolutionUnit(filters)
        self.heat = layers.Conv2D(num_points, 1)

    def build(self, input_shape):
        rows, columns = np.indices(input_shape[1:3])
        self.grid = np.stack([rows.ravel(), columns.ravel()], -1).astype(
            "float32"
        )

    def call(self, x, training=None):
        _, height, width, _ = x.shape
        heat = self.heat(self.tower(x, training=training))
        heat = ops.reshape(heat, (-1, height * width, self.num_points))
        weights = ops.softmax(heat, axis=1)
        return ops.matmul(ops.transpose(weights, (0, 2, 1)), self.grid)

    def get_config(self):
        return {
            **super().get_config(),
            "num_points": self.num_points,
            "filters": self.filters,
        }


def detector() -> keras.Model:
    """An image and facts on the camera in, three predictions out."""
    inputs = {
        "image": keras.Input((16, 16, 3), name="image"),
        "camera": keras.Input((4,), name="camera"),
    }
    camera = layers.Dense(16, activation="tanh")(inputs["camera"])
    x = ConvolutionUnit(8, 3, 2)(inputs["image"])
    fine = CrossStageBlock(16, 2)(x)
    coarse = CrossStageBlock(16, 1)(ConvolutionUnit(24, 3, 2)(fine))
    coarse = coarse + ops.reshape(camera, (-1, 1, 1, 16))
    maps = Pyramid(12)([fine, coarse])
    outputs = DetectionHead(12, 3)(maps)
    outputs["key_points"] = KeyPointHead(5, 8)(maps[0])
    return keras.Model(inputs, outputs)
