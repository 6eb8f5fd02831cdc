"""Proximal where this process cannot go: under JAX, on two replicas."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def results_of(program: str, **environment: str) -> dict[str, float]:
    """Runs a program of this folder and reads what it prints."""
    finished = subprocess.run(
        [sys.executable, "-m", f"tests.optimizers.{program}"],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout.splitlines()[-1])


def test_jax_without_tensorflow():
    results = results_of("jax_program", KERAS_BACKEND="jax")
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
    results = results_of("replicas_program")
    assert results["plain"] < 1e-4
    assert results["scaled"] < 1e-4


def test_norms_over_variables_on_two_replicas():
    assert results_of("joint_replicas_program")["joint"] < 1e-4
