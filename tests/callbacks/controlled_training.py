"""Small networks that train to a budget in a second or two.

Imports no backend by itself, so that a program can choose one first.
"""

from typing import Any

import keras
import numpy as np
from keras import layers

import tfprune
from tfprune.models import data
from tfprune.optimizers import Proximal

BATCH_SIZE = 32
EXAMPLES = 512
EPOCHS = 5


def network() -> keras.Model:
    """Three padded convolutions with normalization, of unlike width."""
    keras.utils.set_random_seed(0)
    inputs = x = keras.Input((8, 8, 1))
    for index, width in enumerate((24, 32, 40)):
        x = layers.Conv2D(
            width, 3, padding="same", use_bias=False, name=f"conv_{index}"
        )(x)
        x = layers.BatchNormalization(momentum=0.9, name=f"norm_{index}")(x)
        x = layers.ReLU()(x)
        if index:
            x = layers.MaxPooling2D()(x)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(x))


def penalized(strength: float = 1.0) -> keras.Model:
    """The network with penalties on its scales."""
    return tfprune.penalize_scales(network(), strength=strength)


def momentum() -> keras.optimizers.SGD:
    """Plain training."""
    return keras.optimizers.SGD(0.05, momentum=0.9)


def fit(
    model: keras.Model,
    *callbacks: keras.callbacks.Callback,
    optimizer: Any = None,
    epochs: int = EPOCHS,
    jit_compile: bool = False,
    **settings: Any,
) -> keras.callbacks.History:
    """Trains on the first digits; compiles where an optimizer is given."""
    if optimizer is not None:
        model.compile(
            optimizer,
            "sparse_categorical_crossentropy",
            metrics=["accuracy"],
            jit_compile=jit_compile,
        )
    digits = data.load("digits")
    return model.fit(
        digits.x_train[:EXAMPLES],
        digits.y_train[:EXAMPLES],
        batch_size=BATCH_SIZE,
        epochs=epochs,
        verbose=0,
        callbacks=list(callbacks),
        **settings,
    )


def trained(callback: keras.callbacks.Callback, **settings: Any) -> keras.Model:
    """The penalized network, trained with a callback."""
    model = penalized()
    fit(model, callback, optimizer=Proximal(momentum()), **settings)
    return model


def shares(model: keras.Model) -> dict[str, float]:
    """What part of a model its stripped copy costs."""
    before = tfprune.profile(model)
    after = tfprune.profile(tfprune.strip(model))
    return {
        unit: getattr(after, unit) / getattr(before, unit)
        for unit in ("macs", "parameters", "bytes")
    }


def widths(model: keras.Model) -> list[int]:
    """The filters that the convolutions have."""
    return [x.filters for x in model.layers if isinstance(x, layers.Conv2D)]


def accuracy(model: keras.Model) -> float:
    """On the digits that it was trained on."""
    digits = data.load("digits")
    found = model.predict(digits.x_train[:EXAMPLES], verbose=0).argmax(axis=1)
    return float(np.mean(found == digits.y_train[:EXAMPLES]))
