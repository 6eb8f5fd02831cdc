"""The toy problem: one gate, and f(b) = (b - t)^2."""

import keras
import numpy as np
import tensorflow as tf

from tfprune.gates.estimators import Estimator, drawn
from tfprune.gates.noise import uniform


def loss_for(target):
    return lambda gates: tf.reduce_sum(tf.square(gates - target), axis=-1)


def exact(target, location):
    """The slope of t^2 + theta (1 - 2t)."""
    share = 1 / (1 + np.exp(-location))
    return (1 - 2 * target) * share * (1 - share)


def estimates(
    estimator: Estimator, target: float, location: float, draws: int
) -> np.ndarray:
    """One estimate for each of many draws."""
    places = tf.fill((draws, 1), np.float32(location))
    noise = uniform((draws, 1), keras.random.SeedGenerator(0))
    loss = loss_for(target)
    with tf.GradientTape() as tape:
        tape.watch(places)
        value = loss(drawn(places, noise))
        objective = estimator.objective(loss, places, noise, value)
    found = draws * tape.gradient(objective, places).numpy()[:, 0]
    return found.astype("float64")


def trained(
    estimator: Estimator,
    target: float,
    steps: int,
    learned: list[keras.Variable] | None = None,
    moves: bool = True,
) -> float:
    """Where one draw a step leads the probability of a gate to be 1.

    Args:
        estimator: Also learns, if it does.
        target: The `t` of the problem.
        steps: Of Adam, with a learning rate of 0.01.
        learned: Variables of the estimator that learn; all when None.
        moves: Whether the location is trained, too; it starts at 0.
    """
    location = keras.Variable([0.0])
    weights = [location] if moves else []
    weights += estimator.trainable_variables if learned is None else learned
    optimizer = keras.optimizers.Adam(0.01)
    optimizer.build(weights)
    generator = keras.random.SeedGenerator(0)
    loss = loss_for(target)

    @tf.function
    def train():
        for _ in tf.range(steps):
            noise = uniform((1, 1), generator)
            with tf.GradientTape() as tape:
                place = tf.convert_to_tensor(location)
                value = loss(drawn(place, noise))
                objective = estimator.objective(loss, place, noise, value)
            slopes = tape.gradient(objective, [x.value for x in weights])
            optimizer.apply(slopes, weights)
            estimator.observe(value)

    train()
    return float(keras.ops.sigmoid(location)[0])
