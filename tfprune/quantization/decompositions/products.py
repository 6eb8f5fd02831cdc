"""Products with arrays, whose numbers are weights."""

from typing import Any

import keras
from keras import layers, ops

from tfprune.graph.operand import is_array
from tfprune.quantization.decomposition import Simpler, decomposes, filled


@decomposes("Matmul")
def matmul(operation: Any) -> Simpler:
    def call(x1: Any, x2: Any) -> Any:
        if not is_array(x2) or len(x2.shape) != 2 or len(x1.shape) < 2:
            return None
        array = ops.convert_to_numpy(x2)
        dense = layers.Dense(
            array.shape[1],
            use_bias=False,
            trainable=False,
            dtype=keras.backend.result_type(x1.dtype, x2.dtype),
            name="matmul",
        )
        return filled(dense, x1, array)

    return call
