"""Layers that scale and shift each channel."""

from typing import Any

import numpy as np
from keras import layers, ops

from tfprune.quantization.affine import affine
from tfprune.quantization.decomposition import Simpler, decomposes


@decomposes(layers.Rescaling)
def rescaling(layer: Any) -> Simpler | None:
    if np.ndim(layer.scale) or np.ndim(layer.offset):
        return None

    def call(x: Any) -> Any:
        y = ops.multiply(x, layer.scale)
        return ops.add(y, layer.offset) if layer.offset else y

    return call


@decomposes(layers.Normalization)
def normalization(layer: Any) -> Simpler | None:
    mean, variance = (
        np.asarray(ops.convert_to_numpy(x), "float64").ravel()
        for x in (layer.mean, layer.variance)
    )
    if layer.axis != (-1,) and layer.axis != -1 or layer.invert:
        return None
    scale = 1 / np.maximum(np.sqrt(variance), np.finfo("float32").eps)
    return lambda x: affine(x, scale, -mean * scale, layer, trainable=False)
