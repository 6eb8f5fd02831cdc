"""Every estimator on the toy problem: one gate, and f(b) = (b - t)^2."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfprune.errors import InvalidInputError
from tfprune.gates.estimators import ESTIMATORS, Estimator, Relax

DRAWS = 1_000_000
UNBIASED = [x for x in ESTIMATORS.names() if x != "concrete"]


def loss_for(target):
    return lambda gates: tf.reduce_sum(tf.square(gates - target), axis=-1)


def exact(target, location):
    """The slope of t^2 + theta (1 - 2t)."""
    share = 1 / (1 + np.exp(-location))
    return (1 - 2 * target) * share * (1 - share)


def estimates(
    estimator: Estimator, target: float, location: float
) -> np.ndarray:
    """One estimate for each of a million draws."""
    places = tf.fill((DRAWS, 1), np.float32(location))
    generator = keras.random.SeedGenerator(0)
    with tf.GradientTape() as tape:
        tape.watch(places)
        objective = estimator.objective(
            loss_for(target), places, DRAWS, generator
        )
    found = DRAWS * tape.gradient(objective, places).numpy()[:, 0]
    return found.astype("float64")


def trained(
    estimator: Estimator,
    target: float,
    steps: int,
) -> float:
    """Where one draw a step leads the probability of a gate to be 1."""
    location = keras.Variable([0.0])
    weights = [location, *estimator.variables]
    optimizer = keras.optimizers.Adam(0.01)
    optimizer.build(weights)
    generator = keras.random.SeedGenerator(0)

    @tf.function
    def train():
        for _ in tf.range(steps):
            with tf.GradientTape() as tape:
                objective = estimator.objective(
                    loss_for(target),
                    tf.convert_to_tensor(location),
                    1,
                    generator,
                )
            values = [x.value for x in weights]
            optimizer.apply(tape.gradient(objective, values), weights)

    train()
    return float(keras.ops.sigmoid(location)[0])


@pytest.mark.parametrize("target", [0.45, 0.499])
@pytest.mark.parametrize("location", [0.0, 1.0])
@pytest.mark.parametrize("name", UNBIASED)
def test_the_mean_is_the_slope(name, location, target):
    found = estimates(ESTIMATORS.get(name), target, location)
    error = found.std() / np.sqrt(DRAWS)
    assert abs(found.mean() - exact(target, location)) < 3 * error
    assert error > 0


def test_relaxed_gates_have_a_bias():
    found = estimates(ESTIMATORS.get("concrete"), 0.45, 1.0)
    error = found.std() / np.sqrt(DRAWS)
    assert abs(found.mean() - exact(0.45, 1.0)) > 3 * error


@pytest.mark.parametrize("location", [0.0, 1.0])
def test_arm_is_a_tenth_as_noisy_as_reinforce(location):
    reference = estimates(ESTIMATORS.get("reinforce"), 0.45, location)
    found = estimates(ESTIMATORS.get("arm"), 0.45, location)
    assert found.var() <= 0.1 * reference.var()


def test_relax_learns_to_be_a_tenth_as_noisy():
    estimator = Relax(seed=0)
    trained(estimator, 0.45, 3000)
    reference = estimates(ESTIMATORS.get("reinforce"), 0.45, 0.0)
    assert estimates(estimator, 0.45, 0.0).var() <= 0.1 * reference.var()


def test_arm_and_relax_arrive_where_reinforce_does_not():
    # The loss is 0.249001 + 0.002 * probability.
    assert trained(ESTIMATORS.get("arm"), 0.499, 3000) < 0.02
    assert trained(Relax(seed=0), 0.499, 6000) < 0.2
    assert trained(ESTIMATORS.get("reinforce"), 0.499, 6000) > 0.4


def test_relax_knows_how_many_gates_there_are():
    with pytest.raises(InvalidInputError, match="Give channels=3"):
        Relax(channels=2).objective(
            loss_for(0.5), tf.zeros((3,)), 1, keras.random.SeedGenerator(0)
        )
