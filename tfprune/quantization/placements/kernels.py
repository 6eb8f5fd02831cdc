"""Convolutions and dense layers, whose weights are quantized too."""

import warnings
from dataclasses import replace
from typing import Any

from keras import layers as keras_layers

from tfprune import layers
from tfprune.quantization.kernel_settings import (
    KernelSettings,
    with_kernel_quantizer,
)
from tfprune.quantization.placement import Placement, places

CONVOLUTIONS = {
    keras_layers.Conv1D: layers.QuantConv1D,
    keras_layers.Conv2D: layers.QuantConv2D,
    keras_layers.Conv2DTranspose: layers.QuantConv2DTranspose,
    keras_layers.DepthwiseConv2D: layers.QuantDepthwiseConv2D,
}


FEWEST_TRANSPOSED = 8
"""Bits of the weights of transposed convolutions."""


@places(*CONVOLUTIONS)
def convolution(operation: Any) -> Placement:
    return Placement(takes_rectifier=True, quantized=quantized_convolution)


@places(keras_layers.Dense)
def dense(operation: Any) -> Placement:
    return Placement(takes_rectifier=True, quantized=quantized_dense)


def quantized_convolution(layer: Any, settings: KernelSettings) -> Any:
    """A convolution with a scale for each filter; one if transposed."""
    kind = CONVOLUTIONS[type(layer)]
    if kind is not layers.QuantConv2DTranspose:
        return with_kernel_quantizer(kind, layer, settings, per_channel=True)
    if settings.bits < FEWEST_TRANSPOSED:
        warnings.warn(
            f"Layer '{settings.path}' is a transposed convolution, whose "
            f"weights no runtime reads in {settings.bits} bits. They get "
            f"{FEWEST_TRANSPOSED}.",
            stacklevel=2,
        )
        settings = replace(settings, bits=FEWEST_TRANSPOSED)
    # The converter cannot turn the axes of a kernel with many scales.
    return with_kernel_quantizer(kind, layer, settings, per_channel=False)


def quantized_dense(layer: Any, settings: KernelSettings) -> Any:
    """A dense layer with one scale, which every runtime reads."""
    return with_kernel_quantizer(
        layers.QuantDense, layer, settings, per_channel=False
    )
