"""A residual network whose tied channels lose their scales in training.

Imports no backend by itself, so that a program can choose one first.
"""

import keras
import numpy as np
from keras import layers

import tfprune
from tests.testing import set_weight, weight
from tfprune.optimizers import Proximal

STREAM = ("stem_norm", "outer_norm")
WEAK = (1, 4)
"""Channels of the stream whose scales are small at first."""


def residual(kernel_size: int = 1) -> keras.Model:
    """A stream of 6 channels, which two normalizations write to.

    Args:
        kernel_size: That of the layer that reads the stream, under padding.
    """
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(6, 3, use_bias=False, name="stem")(inputs)
    x = layers.ReLU()(layers.BatchNormalization(name="stem_norm")(x))
    y = layers.Conv2D(
        4, kernel_size, padding="same", use_bias=False, name="inner"
    )(x)
    y = layers.ReLU()(layers.BatchNormalization(name="inner_norm")(y))
    y = layers.Conv2D(6, 1, use_bias=False, name="outer")(y)
    y = layers.BatchNormalization(name="outer_norm")(y)
    x = layers.ReLU()(layers.Add()([x, y]))
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(2, name="out")(x))


def penalized(kernel_size: int = 1) -> keras.Model:
    """The network with penalties, and two weak channels in its stream."""
    model = residual(kernel_size)
    for name in STREAM:
        set_weight(model.get_layer(name), "gamma", list(WEAK), 0.1)
    return tfprune.penalize_scales(
        model, strength=0.5, cost=None, tied_groups=True
    )


def fit(model: keras.Model, jit_compile: bool = False) -> None:
    """Four steps of 0.05: of the stream, only weak channels can vanish."""
    model.compile(
        Proximal(keras.optimizers.SGD(0.1)), "mse", jit_compile=jit_compile
    )
    refit(model)


def refit(model: keras.Model) -> None:
    """Four more steps."""
    x = np.random.default_rng(0).normal(size=(64, 8, 8, 3)).astype("float32")
    y = x.mean(axis=(1, 2))[:, :2]
    model.fit(x, y, batch_size=16, verbose=0)


def scales(model: keras.Model) -> np.ndarray:
    """The scales of the stream, shape `(normalizations, channels)`."""
    return np.stack([weight(model.get_layer(x), "gamma") for x in STREAM])


def with_shifts(model: keras.Model, shift: float) -> keras.Model:
    """The same model, the shifts of its weak channels set to a number."""
    for name in STREAM:
        set_weight(model.get_layer(name), "beta", list(WEAK), shift)
    return model
