"""Layers of few bits on JAX, where TensorFlow cannot be imported."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import pytest

FILES = ("quantized_layers", "input_scale", "learning_rate", "presets")


@pytest.mark.skipif(
    keras.backend.backend() == "jax", reason="it runs on JAX already"
)
def test_all_that_is_tested_of_low_bits_holds_on_jax():
    program = (
        "import sys; sys.modules['tensorflow'] = None; "
        "import pytest; sys.exit(pytest.main(sys.argv[1:]))"
    )
    folder = Path(__file__).parent
    files = [str(folder / f"{name}_test.py") for name in FILES]
    finished = subprocess.run(
        [sys.executable, "-c", program, "-q", "-p", "no:cacheprovider", *files],
        cwd=folder.parents[1],
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert finished.returncode == 0, finished.stdout[-4000:]
