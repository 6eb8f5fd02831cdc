"""A problem whose proximal gradient descent can be written in NumPy.

Imports no backend by itself, so that a program can choose one first.
"""

from collections.abc import Callable, Iterable

import keras
import numpy as np

from tfprune.optimizers import Proximal
from tfprune.regularizers import GroupLasso, Penalty

STRENGTH = 0.2
EVERYTHING = 64

Proximity = Callable[[np.ndarray, float], np.ndarray]


def problem() -> tuple[np.ndarray, np.ndarray]:
    """64 samples of 8 inputs, and 5 outputs of very unlike size."""
    generator = np.random.default_rng(0)
    inputs = generator.normal(size=(EVERYTHING, 8))
    solution = generator.normal(size=(8, 5)) * [0.02, 0.1, 0.3, 1.0, 2.0]
    return inputs.astype("float32"), (inputs @ solution).astype("float32")


def linear_model(
    optimizer: keras.optimizers.Optimizer,
    penalty: Penalty | None = None,
    jit_compile: bool | str = "auto",
    **settings: object,
) -> keras.Model:
    """One penalized matrix, from the same start every time."""
    if penalty is None:
        penalty = GroupLasso(STRENGTH)
    layer = keras.layers.Dense(
        5, use_bias=False, kernel_regularizer=penalty, name="dense", **settings
    )
    model = keras.Sequential([keras.Input((8,)), layer])
    model.compile(optimizer, loss="mse", jit_compile=jit_compile)
    restart(model)
    return model


def restart(model: keras.Model) -> None:
    """Sets the matrix to its start."""
    model.layers[0].kernel.assign(start())


def start() -> np.ndarray:
    """Where every run starts."""
    return np.random.default_rng(1).normal(size=(8, 5)).astype("float32")


def fit(model: keras.Model, updates: int, **settings: object) -> None:
    """Makes updates on all samples at once, each an epoch."""
    inputs, outputs = problem()
    model.fit(
        inputs,
        outputs,
        batch_size=EVERYTHING,
        epochs=updates,
        shuffle=False,
        verbose=0,
        **settings,
    )


def update(model: keras.Model, updates: int) -> np.ndarray:
    """Makes updates as `fit` does, only faster; the matrix after each."""
    inputs, outputs = problem()
    matrices = []
    for _ in range(updates):
        model.train_on_batch(inputs, outputs)
        matrices.append(matrix(model))
    return np.stack(matrices)


def matrix(model: keras.Model) -> np.ndarray:
    """The matrix as it is."""
    return np.array(keras.ops.convert_to_numpy(model.layers[0].kernel))


def gradient(weights: np.ndarray) -> np.ndarray:
    """Of the mean squared error, by hand."""
    inputs, outputs = problem()
    return 2 * inputs.T @ (inputs @ weights - outputs) / outputs.size


def shorten_columns(weights: np.ndarray, length: float) -> np.ndarray:
    """The proximal operator of the sum of the columns' norms, by hand."""
    norms = np.linalg.norm(weights, axis=0)
    kept = np.maximum(norms - length, 0)
    return weights * np.divide(kept, norms, where=norms > 0, out=0 * norms)


def shrink_each(weights: np.ndarray, length: float) -> np.ndarray:
    """The proximal operator of the sum of absolute values, by hand."""
    return np.sign(weights) * np.maximum(np.abs(weights) - length, 0)


def by_hand(
    rates: Iterable[float],
    proximity: Proximity = shorten_columns,
    strength: float = STRENGTH,
    weight_decay: float = 0.0,
) -> np.ndarray:
    """Proximal gradient descent in double precision."""
    weights = start().astype("float64")
    matrices = []
    for rate in rates:
        slope = gradient(weights) + weight_decay * weights
        weights = proximity(weights - rate * slope, rate * strength)
        matrices.append(weights)
    return np.stack(matrices)


def ista(rate: object = 0.1, **settings: object) -> Proximal:
    """Proximal around plain gradient descent."""
    return Proximal(keras.optimizers.SGD(rate, **settings))
