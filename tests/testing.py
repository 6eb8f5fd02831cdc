"""Oracles and builders that the tests share."""

import keras
import numpy as np

from tfprune.allocation.keep_mask import KeepMask
from tfprune.graph import PruningGraph, trace
from tfprune.surgery import Difference, difference, mask_channels
from tfprune.surgery.remove import removed


def randomize(model: keras.Model, seed: int = 0) -> keras.Model:
    """Gives every weight a random value, variances positive ones."""
    generator = np.random.default_rng(seed)
    for weight in model.weights:
        if "variance" in weight.path:
            value = generator.uniform(0.5, 2.0, weight.shape)
        else:
            fan = max(int(np.prod(weight.shape[:-1])), 1)
            scale = 1.0 if len(weight.shape) < 2 else (2 / fan) ** 0.5
            value = generator.normal(0.0, scale, weight.shape)
        weight.assign(value)
    return model


def random_keep_mask(graph: PruningGraph, seed: int = 0) -> KeepMask:
    """Keeps about half of each prunable group, and at least one channel."""
    generator = np.random.default_rng(seed)
    keep = np.ones(int(graph.labels.max(initial=-1)) + 1, bool)
    for group in graph.groups():
        if group.prunable:
            chosen = generator.random(group.width) < 0.5
            chosen[generator.integers(group.width)] = True
            keep[group.labels] = chosen
    return KeepMask.from_labels(graph, keep)


def removal_difference(model: keras.Model, seed: int = 0) -> Difference:
    """How far a model with random channels removed is from it masked."""
    graph = trace(model)
    keep = random_keep_mask(graph, seed)
    return difference(mask_channels(model, keep), removed(graph, keep))


def weight(layer: keras.layers.Layer, name: str) -> np.ndarray:
    """A weight of a layer as an array that may be changed."""
    return np.array(keras.ops.convert_to_numpy(getattr(layer, name)))


def set_weight(
    layer: keras.layers.Layer, name: str, index: object, value: object
) -> None:
    """Changes part of a weight of a layer."""
    array = weight(layer, name)
    array[index] = value
    getattr(layer, name).assign(array)
