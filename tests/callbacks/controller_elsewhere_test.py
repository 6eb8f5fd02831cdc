"""Callbacks where this process cannot go: under JAX, on two replicas."""

from tests.programs import results_of


def test_jax_without_tensorflow():
    results = results_of(
        "tests.callbacks.controller_program", KERAS_BACKEND="jax"
    )
    assert 0.95 * 0.3 <= results["share"] <= 0.3
    assert results["accuracy"] > 0.8
    assert len(set(results["scales"])) > 2
    assert results["scales"][-1] == 0
    assert results["traces"] <= 2
    assert results["factors"] < 1e-6
    interrupted = results["interrupted"]
    assert interrupted["epochs"] == 0
    assert interrupted["scale_before"] > 0
    assert interrupted["scale_after"] > 0
    assert interrupted["records"] < 1e-4
    assert interrupted["weights"] < 1e-4


def test_two_replicas():
    results = results_of("tests.callbacks.replicas_program")
    for name in ("weights", "factors", "limits", "scales", "left"):
        assert results[name] < 1e-3
    assert 0.9 * 0.4 <= results["share"] <= 0.4
    assert 0 < results["least_factor"] < 0.9
