"""Ranges on several devices."""

import keras
import pytest

from tests.programs import results_of


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="replicas are those of TensorFlow",
)
def test_all_replicas_hold_the_mean_of_what_each_of_them_saw():
    results = results_of("tests.quantizers.replicas_program")
    expected = results.pop("data")
    for name, found in results.items():
        for bound in ("low", "high"):
            one = pytest.approx(expected[bound], rel=1e-5)
            assert found[bound] == [one, one], name
        assert found["finite"], name
