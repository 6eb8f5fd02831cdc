"""A dense layer of 20 inputs, of which training keeps fewer and fewer.

Imports no backend by itself, so that a program can choose one first.
"""

import keras
import numpy as np

from tfprune.callbacks import GradualGroupSparsification
from tfprune.optimizers import Proximal
from tfprune.regularizers import GroupLasso, Penalty

ROWS = 20
UPDATES = 8  # An epoch.


def compiled(
    penalty: Penalty | None = None,
    fix_zeros: bool = True,
    jit_compile: bool | str = "auto",
) -> keras.Model:
    """One layer that is to find which of its inputs matter."""
    keras.utils.set_random_seed(0)
    penalty = penalty or GroupLasso(0.0, structure="shape")
    layer = keras.layers.Dense(3, kernel_regularizer=penalty, name="dense")
    model = keras.Sequential([keras.Input((ROWS,)), layer])
    sgd = keras.optimizers.SGD(0.05, momentum=0.9)
    model.compile(
        Proximal(sgd, fix_zeros=fix_zeros), "mse", jit_compile=jit_compile
    )
    return model


def gradual(**settings: float) -> GradualGroupSparsification:
    """Three quarters of the rows go, over four of six epochs."""
    return GradualGroupSparsification(
        settings.pop("sparsity", 0.75), end=4 * UPDATES, **settings
    )


def fit(
    model: keras.Model, epochs: int, callbacks: list | None = None
) -> keras.Model:
    """Trains on the last five inputs, sparser with every fourth update."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(16 * UPDATES, ROWS))
    weak, strong = np.full((15, 1), 0.02), np.ones((ROWS - 15, 1))
    y = x @ (np.concatenate([weak, strong]) * [1.0, -2.0, 3.0])
    if callbacks is None:
        callbacks = [gradual(frequency=4)]
    model.fit(
        x,
        y,
        batch_size=16,
        epochs=epochs,
        shuffle=False,
        verbose=0,
        callbacks=callbacks,
    )
    return model


def zero_rows(model: keras.Model) -> np.ndarray:
    """Which inputs the layer does not read."""
    kernel = keras.ops.convert_to_numpy(model.get_layer("dense").kernel)
    return ~np.any(kernel, axis=1)
