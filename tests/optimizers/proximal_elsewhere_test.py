"""Proximal where this process cannot go: under JAX, on two replicas."""

from tests.programs import results_of


def test_jax_without_tensorflow():
    results = results_of("tests.optimizers.jax_program", KERAS_BACKEND="jax")
    assert results["jitted"] < 1e-4
    assert results["eager"] < 1e-4
    assert results["rescaled"] < 1e-4
    assert results["traces"] == 1
    assert results["dropped"] == 0
    assert results["kept"] > 0
    assert results["scaled"] < 1e-4
    assert results["slope"] < 1e-9
    assert results["joint_jitted"] < 1e-4
    assert results["joint_eager"] < 1e-4
    assert results["joint_plain"] < 1e-4
    assert results["stateless"] < 1e-6
    assert 0 < results["averaged_zeros"] < 40
    assert 0 < results["filters"] <= 8
    assert 0 < results["scales"] <= 8


def test_two_replicas():
    results = results_of("tests.optimizers.replicas_program")
    assert results["plain"] < 1e-4
    assert results["scaled"] < 1e-4


def test_norms_over_variables_on_two_replicas():
    assert results_of("tests.optimizers.joint_replicas_program")["joint"] < 1e-4
