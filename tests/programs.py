"""Programs that tests run in a process of their own, for another backend."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent

WITHOUT_TENSORFLOW = """
import sys
import pytest

class NoTensorFlow:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "tensorflow":
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)

sys.meta_path.insert(0, NoTensorFlow())
sys.exit(pytest.main(sys.argv[1:]))
"""
"""Runs pytest. Keras looks whether TensorFlow is among the modules, so none
may stand there in its place."""


def results_of(program: str, **environment: str) -> dict[str, Any]:
    """Runs a program and reads the JSON that it prints last.

    Args:
        program: Name of its module.
        **environment: What its environment has besides the present one.
    """
    finished = run("-m", program, **environment)
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout.splitlines()[-1])


def rerun_on_jax(folder: Path, names: Sequence[str]) -> None:
    """Runs test files anew where TensorFlow cannot be imported.

    Args:
        folder: Where they lie.
        names: Their names, less `_test.py`.
    """
    files = [str(folder / f"{name}_test.py") for name in names]
    finished = run(
        *("-c", WITHOUT_TENSORFLOW, "-q", "-p", "no:cacheprovider", *files),
        KERAS_BACKEND="jax",
    )
    assert finished.returncode == 0, finished.stdout[-4000:]


def run(
    *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Runs Python and waits for it, 15 minutes at most."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
