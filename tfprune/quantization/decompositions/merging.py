"""Merges of many tensors, as LiteRT merges them: two by two."""

from collections.abc import Callable
from functools import reduce
from typing import Any

from keras import layers, ops

from tfprune.quantization.decomposition import Simpler, decomposes


@decomposes(layers.Add)
def add(layer: Any) -> Simpler:
    return two_by_two(ops.add)


@decomposes(layers.Multiply)
def multiply(layer: Any) -> Simpler:
    return two_by_two(ops.multiply)


@decomposes(layers.Subtract)
def subtract(layer: Any) -> Simpler:
    return two_by_two(ops.subtract)


@decomposes(layers.Average)
def average(layer: Any) -> Simpler:
    return lambda inputs: ops.multiply(reduce(ops.add, inputs), 1 / len(inputs))


def two_by_two(merge: Callable[[Any, Any], Any]) -> Simpler:
    """A merge of a list of tensors, from the first on."""
    return lambda inputs: reduce(merge, inputs)
