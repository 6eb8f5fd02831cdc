"""The noise that the calls of a gate share."""

import keras
import numpy as np
import pytest

from tests.gates.gated import array
from tfprune.errors import InvalidInputError
from tfprune.gates import GateNoise
from tfprune.gates.estimators import Relax


@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
def test_noise_is_uniform_and_drawn_anew(policy):
    inputs = keras.Input((3, 2))
    noise = GateNoise(2000, per_example=True, seed=1, dtype=policy)
    model = keras.Model(inputs, noise(inputs))
    assert model.output_shape == (None, 2000)
    zeros = np.zeros((50, 3, 2), "float32")
    first, second = (array(model(zeros, training=True)) for _ in range(2))
    assert first.dtype == np.float32
    assert 0 < first.min() < first.max() < 1
    shares = np.histogram(first, 10, (0, 1))[0] / first.size
    np.testing.assert_allclose(shares, 0.1, atol=0.005)
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.02


def test_one_row_serves_all_examples():
    inputs = keras.Input((3,))
    model = keras.Model(inputs, GateNoise(4)(inputs))
    assert model.output_shape == (1, 4)
    assert model(np.zeros((5, 3)), training=True).shape == (1, 4)
    assert not array(model(np.zeros((5, 3)))).any()


def test_config_round_trip():
    noise = GateNoise(4, per_example=True, seed=2, name="noise")
    copy = keras.layers.deserialize(keras.layers.serialize(noise))
    assert copy.get_config() == noise.get_config()


@pytest.mark.parametrize("make", [GateNoise, Relax])
@pytest.mark.parametrize("number", [-3, 0, 0.5, True])
def test_sizes_are_whole_numbers(make, number):
    with pytest.raises(InvalidInputError, match="a whole number >= 1"):
        make(number)
