"""Random masks and random weights that a pruned network still answers to.

With weights drawn at random most deep networks return the same numbers
whatever the image: each layer weakens the signal, and what arrives are the
offsets of the last layers. Two such networks agree however the first layers
differ. Here kernels have the scale of He et al., and batch normalization gets
the statistics of the masked network, so the signal comes through.
"""

import keras
import numpy as np

import tfprune
from tfprune.graph import PruningGraph
from tfprune.surgery import mask_channels


def random_half(graph: PruningGraph, seed: int = 0) -> tfprune.KeepMask:
    """Drops half of the channels of each prunable group, rounded down."""
    generator = np.random.default_rng(seed)
    keep = np.ones(int(graph.labels.max(initial=-1)) + 1, bool)
    for group in graph.groups():
        if group.prunable:
            dropped = generator.permutation(group.labels)[: group.width // 2]
            keep[dropped] = False
    return tfprune.KeepMask.from_labels(graph, keep)


def random_images(model: keras.Model, count: int, seed: int = 0) -> np.ndarray:
    """Noise in the range of pixels, for a model of images."""
    generator = np.random.default_rng(seed)
    shape = (count, *model.input_shape[1:])
    return generator.uniform(0, 255, shape).astype("float32")


def randomize(
    model: keras.Model,
    keep: tfprune.KeepMask,
    images: np.ndarray,
    seed: int = 0,
) -> None:
    """Gives a model random weights that fit what is left of it.

    Args:
        model: A traceable model; its weights are set.
        keep: The channels that will stay.
        images: What batch normalization sees.
        seed: Seed of the weights.
    """
    generator = np.random.default_rng(seed)
    for layer in model.layers:
        for weight in layer.trainable_weights:
            weight.assign(random_value(layer, weight, generator))
    masked = mask_channels(model, keep)
    normalizations = [
        layer
        for layer in model.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    for layer in normalizations:
        masked.get_layer(layer.name).momentum = 0.0
    if normalizations:
        masked(images, training=True)
    for layer in normalizations:
        fitted = masked.get_layer(layer.name)
        layer.moving_mean.assign(fitted.moving_mean)
        layer.moving_variance.assign(fitted.moving_variance)


def random_value(
    layer: keras.layers.Layer,
    weight: keras.Variable,
    generator: np.random.Generator,
) -> np.ndarray:
    """Kernels with variance 2 / fan-in, offsets near 0, scales near 1.

    The small numbers that scales of residual branches start with are among
    those replaced: they would hide what a branch computes.
    """
    shape = tuple(weight.shape)
    if len(shape) > 1:
        kind = f"{type(layer).__name__} {weight.name}".lower()
        fan = np.prod(shape[:2] if "depthwise" in kind else shape[:-1])
        return generator.normal(0.0, (2 / fan) ** 0.5, shape)
    if weight.name in ("bias", "beta"):
        return generator.normal(0.0, 0.1, shape)
    return generator.uniform(0.5, 1.5, shape)


def response(outputs: np.ndarray) -> float:
    """How far apart the outputs for two images are, over the largest number."""
    whole = float(np.abs(outputs).max())
    apart = float(np.abs(outputs[0] - outputs[1]).max())
    return apart / whole if whole else 0.0
