"""The sign that is drawn at random."""

import keras
import numpy as np

from tfprune.quantizers import StochasticSign

PLACES = np.array([-2, -1, -0.5, 0, 0.25, 1, 3], "float32")


def draws(quantizer, count=4096):
    x = np.tile(PLACES, (count, 1))
    return keras.ops.convert_to_numpy(quantizer(x, training=True))


def test_the_mean_is_the_number_itself():
    found = draws(StochasticSign(seed=1))
    assert set(np.unique(found)) == {-1.0, 1.0}
    expected = np.clip(PLACES, -1, 1)
    np.testing.assert_allclose(found.mean(axis=0), expected, atol=0.05)
    # What lies outside is certain.
    certain = np.abs(PLACES) > 1
    assert (found.std(axis=0)[certain] == 0).all()


def test_every_call_draws_anew_and_a_seed_repeats_all():
    one, other = StochasticSign(seed=1), StochasticSign(seed=1)
    first = draws(one)
    assert (first != draws(one)).any()
    np.testing.assert_array_equal(first, draws(other))


def test_real_numbers_at_inference_but_signs_in_training():
    quantizer = StochasticSign(real_at_inference=True, seed=1)
    np.testing.assert_array_equal(np.asarray(quantizer(PLACES)), PLACES)
    assert set(np.unique(draws(quantizer))) == {-1.0, 1.0}
    assert quantizer.precision == 32
    assert StochasticSign().precision == 1
