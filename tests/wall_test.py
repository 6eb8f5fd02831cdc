"""The training side works where TensorFlow is absent."""

import subprocess
import sys
from pathlib import Path

import pytest

import tfprune

ROOT = Path(__file__).parent.parent


def test_training_side_runs_on_jax_without_tensorflow():
    run = subprocess.run(
        [sys.executable, "-m", "tests.jax_without_tensorflow"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "backend jax" in run.stdout


def test_an_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'prnue'"):
        tfprune.prnue  # noqa: B018


@pytest.mark.parametrize("name", tfprune.__all__)
def test_every_public_name_is_there_and_documented(name):
    assert getattr(tfprune, name).__doc__
