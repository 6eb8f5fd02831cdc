"""Gates under JAX, where TensorFlow cannot be imported."""

from tests.programs import results_of
from tfprune.gates import GATES
from tfprune.gates.estimators import ESTIMATORS


def test_jax_without_tensorflow():
    results = results_of("tests.gates.jax_program", KERAS_BACKEND="jax")
    slopes = results["slopes"]
    assert slopes.pop("concrete") > 3
    assert max(slopes.values()) < 3
    assert set(results["models"]) == set(ESTIMATORS.names())
    for found in results["models"].values():
        assert found["open"] > 2
        # One of the four may still be on its way.
        assert found["useless"][2] < 1
        assert found["loaded"] == 0
        assert found["loaded_as"]
        assert found["plain"]
        assert found["stripped"] < 1e-5
    assert set(results["gates"]) == set(GATES.names())
    for found in results["gates"].values():
        assert found["multiplied"] < 1e-5 < found["moved"]
        assert found["settled"] < 1e-6
        assert found["one_draw"]
        assert found["drawn_anew"]
        assert found["shared"] < 1e-5
        assert found["closed"] == [False] * 4 + [True] * 4
        assert len(found["eager"]) == 8
        assert found["stripped"] < 1e-5
