"""Hard concrete gates against the closed forms of the paper."""

import numpy as np
import pytest

from tests.gates.gated import array, gated, place
from tfprune.gates import HardConcrete


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def log_odds(p):
    return np.log(p) - np.log(1 - p)


@pytest.mark.parametrize("log_alpha", [-3.0, -1.0, 0.0, 1.5, 3.0])
def test_a_million_draws(log_alpha):
    gate = HardConcrete(per_example=True, seed=0)
    model = gated(gate, 1000)
    place(gate, np.full(1000, log_alpha))
    drawn = array(model(np.ones((1000, 1000), "float32"), training=True))
    # z = 0 where s <= 1/12, z = 1 where s >= 11/12.
    zero = sigmoid(2 / 3 * log_odds(1 / 12) - log_alpha)
    one = 1 - sigmoid(2 / 3 * log_odds(11 / 12) - log_alpha)
    assert (drawn == 0).mean() == pytest.approx(zero, abs=0.002)
    assert (drawn == 1).mean() == pytest.approx(one, abs=0.002)
    probability = float(gate.open_probability(np.float32(log_alpha)))
    assert probability == pytest.approx(1 - zero, abs=1e-6)


def test_equations():
    noise = np.random.default_rng(0).uniform(1e-6, 1 - 1e-6, (50, 4))
    log_alpha = np.array([-2.0, 0.0, 1.0, 4.0])
    concrete = sigmoid((log_odds(noise) + log_alpha) / (2 / 3))
    expected = np.clip(1.2 * concrete - 0.1, 0, 1)
    found = HardConcrete().sample(
        log_alpha.astype("float32"), noise.astype("float32")
    )
    np.testing.assert_allclose(array(found), expected, atol=1e-5)
    settled = np.clip(1.2 * sigmoid(log_alpha) - 0.1, 0, 1)
    np.testing.assert_allclose(
        array(HardConcrete().settled(log_alpha.astype("float32"))),
        settled,
        atol=1e-6,
    )


def test_a_gate_is_closed_from_a_twelfth_down():
    edge = np.log(1 / 11)
    gate = HardConcrete()
    gated(gate, 3)
    place(gate, [edge - 1e-3, edge + 1e-3, -edge + 1e-3])
    np.testing.assert_array_equal(gate.closed(), [True, False, False])
    assert gate.values()[2] == 1


def test_a_small_drop_rate_leaves_a_function_as_it_is():
    gate = HardConcrete(drop_rate=0.05)
    gated(gate, 100)
    assert (gate.values() == 1).all()
