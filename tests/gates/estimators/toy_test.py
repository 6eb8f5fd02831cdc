"""Every estimator on the toy problem, where all can be integrated."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.gates.estimators.toy import estimates, exact, loss_for, trained
from tfprune.errors import InvalidInputError
from tfprune.gates.estimators import (
    ESTIMATORS,
    Arm,
    Concrete,
    Estimator,
    Rebar,
    Reinforce,
    Relax,
    drawn,
)

DRAWS = 1_000_000
UNBIASED = [x for x in ESTIMATORS.names() if x != "concrete"]


def built(estimator: str | Estimator, channels: int = 1) -> Estimator:
    estimator = ESTIMATORS.get(estimator)
    estimator.build((channels,))
    return estimator


def variance_of_reinforce(target: float, share: float) -> float:
    """That of f(b) (b - theta), where b is 1 with probability theta."""
    values = (1 - target) ** 2 * (1 - share), -(target**2) * share
    mean = share * values[0] + (1 - share) * values[1]
    return share * values[0] ** 2 + (1 - share) * values[1] ** 2 - mean**2


@pytest.mark.parametrize("target", [0.45, 0.499])
@pytest.mark.parametrize("location", [0.0, 1.0])
@pytest.mark.parametrize("name", UNBIASED)
def test_the_mean_is_the_slope(name, location, target):
    estimator = built(name)
    # So it is with whatever was learned and remembered.
    for weight in estimator.variables:
        shape = tuple(weight.shape)
        weight.assign(np.random.default_rng(0).uniform(0.2, 0.5, shape))
    found = estimates(estimator, target, location, DRAWS)
    error = found.std() / np.sqrt(DRAWS)
    assert abs(found.mean() - exact(target, location)) < 3 * error
    assert error > 0


def test_relaxed_gates_have_a_bias():
    found = estimates(built("concrete"), 0.45, 1.0, DRAWS)
    error = found.std() / np.sqrt(DRAWS)
    assert abs(found.mean() - exact(0.45, 1.0)) > 3 * error


@pytest.mark.parametrize("location", [0.0, 1.0])
@pytest.mark.parametrize("target", [0.45, 0.499])
def test_the_noise_of_reinforce_and_of_arm(target, location):
    share = 1 / (1 + np.exp(-location))
    reference = variance_of_reinforce(target, share)
    plain = estimates(built(Reinforce(momentum=None)), target, location, DRAWS)
    assert plain.var() == pytest.approx(reference, rel=0.01)
    found = estimates(built("arm"), target, location, DRAWS)
    assert found.var() <= 0.1 * reference


@pytest.mark.parametrize("target", [0.45, 0.499])
@pytest.mark.parametrize("name", ["rebar", "reinforce", "relax"])
def test_what_learns_becomes_a_tenth_as_noisy(name, target):
    estimator = built(name)
    trained(estimator, target, 2000, moves=False)
    found = estimates(estimator, target, 0.0, 100_000)
    assert found.var() <= 0.1 * variance_of_reinforce(target, 0.5)


@pytest.mark.parametrize("location", [-0.5, 1.0])
def test_rebar_has_the_noise_that_integration_tells(location):
    estimator = built(Rebar(0.7, 0.6, trainable=False))
    found = estimates(estimator, 0.45, location, DRAWS)
    noise = (np.arange(400_000) + 0.5) / 400_000
    share = 1 / (1 + np.exp(-location))
    logistic = location + np.log(noise) - np.log(1 - noise)
    gates = (logistic > 0).astype(float)
    soft = 1 / (1 + np.exp(-logistic / 0.7))
    slope = 2 * (soft - 0.45) * soft * (1 - soft) / 0.7
    # What moving the location by little does to z, less what it does to z'.
    width = 1e-6
    given = np.where(gates, (noise - 1 + share) / share, noise / (1 - share))

    def twin(place):
        moved = 1 / (1 + np.exp(-place))
        again = np.where(gates, given * moved + 1 - moved, given * (1 - moved))
        return place + np.log(again) - np.log(1 - again)

    apart = 1 - (twin(location + width) - twin(location - width)) / (2 * width)
    expected = ((gates - 0.45) ** 2 - 0.6 * (soft - 0.45) ** 2) * (
        gates - share
    ) + 0.6 * slope * apart
    assert found.mean() == pytest.approx(expected.mean(), abs=5e-4)
    assert found.var() == pytest.approx(expected.var(), rel=0.02)


def test_the_settings_of_rebar_go_where_the_square_falls():
    estimator = built("rebar")
    estimator.baseline.assign(0.1)
    draws, width = 20_000, 0.02
    places = tf.fill((draws, 1), 0.3)
    noise = keras.random.uniform((draws, 1), 1e-3, 0.999, seed=1)
    loss = loss_for(0.45)
    value = loss(drawn(places, noise))
    with tf.GradientTape() as tape:
        objective = estimator.objective(loss, places, noise, value)
    weights = estimator.trainable_variables
    found = tape.gradient(objective, [x.value for x in weights])
    assert len(weights) == 3

    def square() -> float:
        with tf.GradientTape() as tape:
            tape.watch(places)
            objective = estimator.objective(loss, places, noise, value)
        each = draws * tape.gradient(objective, places)
        return float(tf.reduce_mean(each**2))

    for weight, slope in zip(weights, found, strict=True):
        start = float(weight)
        squares = []
        for shift in (width, -width):
            weight.assign(start + shift)
            squares.append(square())
        weight.assign(start)
        expected = (squares[0] - squares[1]) / (2 * width)
        # The temperature's is a difference of two, a twentieth apart.
        assert float(slope) == pytest.approx(expected, rel=0.1)


def test_arm_and_relax_arrive_where_reinforce_does_not():
    # The loss is 0.249001 + 0.002 * probability.
    assert trained(built("arm"), 0.499, 3000) < 0.02
    assert trained(built(Relax(seed=0)), 0.499, 3000) < 0.25
    assert trained(built("reinforce"), 0.499, 3000) < 0.25
    assert trained(built(Reinforce(momentum=None)), 0.499, 3000) > 0.4


def test_relax_knows_how_many_gates_there_are():
    estimator = built(Relax(), channels=2)
    noise = tf.fill((1, 3), 0.5)
    with pytest.raises(InvalidInputError, match="was built for 2 gates. Rec"):
        estimator.objective(loss_for(0.5), tf.zeros((3,)), noise, tf.zeros(1))


@pytest.mark.parametrize("name", ESTIMATORS.names())
def test_config_round_trip(name):
    estimator = built(name, channels=3)
    config = keras.saving.serialize_keras_object(estimator)
    copy = keras.saving.deserialize_keras_object(config)
    assert type(copy) is type(estimator)
    assert copy.get_config() == estimator.get_config()
    shapes = [tuple(x.shape) for x in estimator.variables]
    assert [tuple(x.shape) for x in copy.variables] == shapes


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Concrete(0), "Expected temperature of Concrete"),
        (lambda: Rebar(temperature=-1), "Expected temperature of Rebar"),
        (lambda: Rebar(scale="much"), "received 'much'"),
        (lambda: Reinforce(1.0), "Expected momentum of Reinforce"),
        (lambda: Relax(0), "Expected units of Relax"),
        (lambda: ESTIMATORS.get("rbar"), "Did you mean 'rebar'"),
    ],
)
def test_what_cannot_be_is_refused(make, text):
    with pytest.raises(InvalidInputError, match=text):
        make()


def test_arm_needs_no_slope():
    estimator = built(Arm())
    places, noise = tf.zeros((4, 2)), tf.constant([[0.2, 0.6]] * 4)
    table = tf.constant([[1.0, 2.0], [4.0, 8.0]])

    def loss(gates):
        return tf.gather_nd(table, tf.cast(gates, "int32"))

    with tf.GradientTape() as tape:
        tape.watch(places)
        value = loss(drawn(places, noise))
        objective = estimator.objective(loss, places, noise, value)
    found = 4 * tape.gradient(objective, places).numpy()
    # Drawn are (0, 1), and (1, 0) by the mirrored noise.
    expected = (2.0 - 4.0) * (np.array([0.2, 0.6]) - 0.5)
    np.testing.assert_allclose(found, [expected] * 4, rtol=1e-5)
