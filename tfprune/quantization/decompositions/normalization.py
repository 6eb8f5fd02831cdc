"""Layer normalization, apart from its scale and shift."""

from typing import Any

import numpy as np
from keras import layers, ops

from tfprune.quantization.affine import affine
from tfprune.quantization.decomposition import Simpler, decomposes


@decomposes(layers.LayerNormalization)
def layer_normalization(layer: Any) -> Simpler | None:
    shape = tuple(layer.get_build_config()["input_shape"])
    last = list(layer.axis) in ([-1], [len(shape) - 1])
    if not (layer.scale or layer.center) or not last:
        return None
    width = shape[-1]
    scale, shift = np.ones(width), np.zeros(width)
    if layer.scale:
        scale = np.asarray(ops.convert_to_numpy(layer.gamma), "float64")
    if layer.center:
        shift = np.asarray(ops.convert_to_numpy(layer.beta), "float64")
    config = {**layer.get_config(), "scale": False, "center": False}

    def call(x: Any) -> Any:
        normalized = layers.LayerNormalization.from_config(
            {**config, "name": "normalize"}
        )(x)
        return affine(normalized, scale, shift, layer)

    return call
