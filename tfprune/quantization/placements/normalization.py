"""Normalization over the channels of each example."""

from typing import Any

from keras import layers as keras_layers

from tfprune.layers import QuantLayerNormalization
from tfprune.quantization.kernel_settings import KernelSettings
from tfprune.quantization.placement import Placement, places


@places(keras_layers.LayerNormalization)
def layer_normalization(operation: Any) -> Placement | None:
    # What scales and shifts is apart by now, or lies along several axes.
    if operation.scale or operation.center:
        return None
    return Placement(quantized=quantized_normalization)


def quantized_normalization(layer: Any, settings: KernelSettings) -> Any:
    """A layer normalization with ranges between its steps, of 8 bits."""
    return QuantLayerNormalization.from_config(
        {**layer.get_config(), "momentum": settings.momentum}
    )
