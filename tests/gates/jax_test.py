"""Gates under JAX, where TensorFlow cannot be imported."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tfprune.gates import GATES
from tfprune.gates.estimators import ESTIMATORS


def test_jax_without_tensorflow():
    finished = subprocess.run(
        [sys.executable, "-m", "tests.gates.jax_program"],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert finished.returncode == 0, finished.stderr
    results = json.loads(finished.stdout.splitlines()[-1])
    slopes = results["slopes"]
    assert slopes.pop("concrete") > 3
    assert max(slopes.values()) < 3
    assert set(results["models"]) == set(ESTIMATORS.names())
    for found in results["models"].values():
        assert found["open"] > 2
        # Two of the four may still be on their way: RELAX has to learn its
        # control variate first.
        assert found["useless"][1] < 1
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
