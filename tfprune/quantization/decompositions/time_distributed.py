"""Layers that run at each time step, where they take all steps at once."""

from typing import Any

from keras import layers

from tfprune.quantization.decomposition import Simpler, decomposes, filled


@decomposes(layers.TimeDistributed)
def time_distributed(layer: Any) -> Simpler | None:
    dense = layer.layer
    if type(dense) is not layers.Dense:
        return None

    def call(x: Any, **others: Any) -> Any:
        if any(y is not None for y in others.values()):
            return None
        made = layers.Dense.from_config(dense.get_config())
        return filled(made, x, dense.kernel, dense.bias)

    return call
