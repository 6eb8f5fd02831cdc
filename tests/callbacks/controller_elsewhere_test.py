"""Callbacks where this process cannot go: under JAX, on two replicas."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def results_of(program: str, **environment: str) -> dict[str, Any]:
    """Runs a program of this folder and reads what it prints."""
    finished = subprocess.run(
        [sys.executable, "-m", f"tests.callbacks.{program}"],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout.splitlines()[-1])


def test_jax_without_tensorflow():
    results = results_of("controller_program", KERAS_BACKEND="jax")
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
    results = results_of("replicas_program")
    for name in ("weights", "factors", "limits", "scales", "left"):
        assert results[name] < 1e-3
    assert 0.9 * 0.4 <= results["share"] <= 0.4
    assert 0 < results["least_factor"] < 0.9
