"""Pooling."""

from typing import Any

from keras import layers

from tfprune.quantization.placement import GRID, Placement, places


@places(
    layers.GlobalMaxPooling1D,
    layers.GlobalMaxPooling2D,
    layers.MaxPooling1D,
    layers.MaxPooling2D,
    "Max",
    "Min",
)
def largest(operation: Any) -> Placement:
    return GRID


@places(layers.AveragePooling1D, layers.AveragePooling2D)
def window_mean(operation: Any) -> Placement:
    return Placement(shares=True, pooled=True)


@places(layers.GlobalAveragePooling1D, layers.GlobalAveragePooling2D, "Mean")
def mean(operation: Any) -> Placement:
    return Placement(follows=True)
