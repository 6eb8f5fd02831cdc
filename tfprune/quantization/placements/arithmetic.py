"""Sums, products and the like, whose results have ranges of their own."""

from typing import Any

from keras import layers

from tfprune.layers import ConstantArray
from tfprune.quantization.placement import OWN, Placement, places


@places(
    layers.Add, layers.Multiply, layers.Subtract, "Add", "Multiply", "Subtract"
)
def arithmetic(operation: Any) -> Placement:
    return Placement(takes_rectifier=True, rounds_arrays=True)


@places("Absolute", "Einsum", "Matmul", "Negative", "Rsqrt", "Square", "Sum")
def own_range(operation: Any) -> Placement:
    return OWN


@places(layers.Embedding, ConstantArray)
def table(operation: Any) -> Placement:
    return OWN
