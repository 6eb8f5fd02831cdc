"""The controller under JAX, where this process cannot go."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_jax_without_tensorflow():
    finished = subprocess.run(
        [sys.executable, "-m", "tests.callbacks.controller_program"],
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert finished.returncode == 0, finished.stderr
    results = json.loads(finished.stdout.splitlines()[-1])
    assert 0.95 * 0.3 <= results["share"] <= 0.3
    assert results["accuracy"] > 0.8
    assert len(set(results["scales"])) > 2
    assert results["scales"][-1] == 0
    assert results["traces"] <= 2
