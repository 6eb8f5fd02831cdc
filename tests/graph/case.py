"""Small networks around one layer, for the contract of its handler."""

from collections.abc import Callable
from dataclasses import dataclass

import keras
from keras import layers

from tests.testing import randomize

STEPS = (8, 6)
IMAGE = (6, 6, 6)
VOLUME = (4, 4, 4, 6)
VECTOR = (6,)
TOKENS = (7,)


@dataclass(frozen=True)
class Case:
    """One network around one layer.

    Attributes:
        kind: The class of the layer.
        shape: Shape of the feature map that the layer is given; its channels
            come from a convolution or a dense layer.
        build: Puts the layer behind the map.
        number: Tells apart the cases of one class.
        dtype: Where it is an integer type the layer is given the model's
            input as it is.
    """

    kind: type
    shape: tuple[int, ...]
    build: Callable
    number: int = 0
    dtype: str = "float32"

    def __str__(self) -> str:
        return f"{self.kind.__name__}_{self.number}"

    def model(self) -> keras.Model:
        keras.utils.set_random_seed(0)
        if "int" in self.dtype:
            inputs = x = keras.Input(self.shape, dtype=self.dtype)
        else:
            *places, channels = self.shape
            inputs = keras.Input((*places, 3))
            x = producer(inputs, channels)
        x = self.build(x)
        if len(x.shape) > 2:
            x = layers.Flatten(name="head_flatten")(x)
        return randomize(keras.Model(inputs, layers.Dense(4, name="head")(x)))


def producer(x, channels):
    """A layer that gives a tensor new channels, whatever its rank."""
    convolution = {
        3: layers.Conv1D,
        4: layers.Conv2D,
        5: layers.Conv3D,
    }.get(len(x.shape))
    name = f"from_{x.name}"
    if convolution is None:
        return layers.Dense(channels, activation="tanh", name=name)(x)
    return convolution(channels, 1, activation="tanh", name=name)(x)


def another(x, channels):
    """One more producer for the same tensor."""
    kind = {3: layers.Conv1D, 4: layers.Conv2D}.get(len(x.shape))
    if kind is None:
        return layers.Dense(channels, activation="tanh")(x)
    return kind(channels, 1, activation="tanh")(x)


def merged(layer):
    """Merges two producers of the same width."""
    return lambda x: layer([x, producer(x, x.shape[-1])])
