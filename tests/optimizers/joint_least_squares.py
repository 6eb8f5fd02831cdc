"""Two matrices whose columns count as one, with what NumPy makes of them.

Imports no backend by itself, so that a program can choose one first.
"""

import keras
import numpy as np

import tfprune
from tests.optimizers.least_squares import problem

STRENGTH = 0.3


def joint_model(optimizer: object, jit_compile: bool | str = "auto"):
    """Two dense layers that are added up, their channels penalized as one."""
    inputs = keras.Input((8,))
    x = keras.layers.Dense(5, use_bias=False, name="left")(inputs)
    y = keras.layers.Dense(5, use_bias=False, name="right")(inputs * inputs)
    # The head does not train, so that the columns alone are to be found.
    head = keras.layers.Dense(5, use_bias=False, trainable=False, name="head")
    model = keras.Model(inputs, head(keras.layers.Add()([x, y])))
    model.get_layer("head").kernel.assign(np.eye(5))
    model = tfprune.penalize_groups(model, strength=STRENGTH)
    model.compile(optimizer, loss="mse", jit_compile=jit_compile)
    for name, array in start().items():
        model.get_layer(name).kernel.assign(array)
    return model


def start() -> dict[str, np.ndarray]:
    """Where every run starts."""
    generator = np.random.default_rng(1)
    return {
        name: generator.normal(size=(8, 5)).astype("float32")
        for name in ("left", "right")
    }


def update(model: keras.Model, updates: int) -> dict[str, np.ndarray]:
    """Makes updates on all samples at once; the matrices after the last."""
    inputs, outputs = problem()
    for _ in range(updates):
        model.train_on_batch(inputs, outputs)
    return matrices(model)


def matrices(model: keras.Model) -> dict[str, np.ndarray]:
    """The matrices as they are."""
    return {
        name: np.array(keras.ops.convert_to_numpy(model.get_layer(name).kernel))
        for name in start()
    }


def by_hand(rate: float, updates: int, proximal: bool) -> dict[str, np.ndarray]:
    """Steps on the joint norms in double precision.

    Args:
        rate: The learning rate.
        updates: Number of updates.
        proximal: Whether the penalty's proximal operator follows a step, or
            its subgradient is part of it.
    """
    inputs, outputs = (x.astype("float64") for x in problem())
    both = np.concatenate([inputs, inputs**2], axis=1)
    weights = np.concatenate(list(start().values())).astype("float64")
    for _ in range(updates):
        slope = 2 * both.T @ (both @ weights - outputs) / outputs.size
        norms = np.linalg.norm(weights, axis=0)
        if not proximal:
            slope += STRENGTH * weights / norms
        weights = weights - rate * slope
        if proximal:
            norms = np.maximum(np.linalg.norm(weights, axis=0), 1e-30)
            weights = weights * np.maximum(1 - rate * STRENGTH / norms, 0)
    return dict(zip(start(), np.split(weights, 2), strict=True))


def distance(
    found: dict[str, np.ndarray], expected: dict[str, np.ndarray]
) -> float:
    """The largest difference between matrices of the same names."""
    return max(
        float(np.abs(found[name] - expected[name]).max()) for name in expected
    )
