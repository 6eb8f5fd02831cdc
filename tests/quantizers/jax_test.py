"""The same tests on JAX, where TensorFlow cannot be imported."""

from pathlib import Path

import keras
import pytest

from tests.programs import rerun_on_jax

FILES = ("references", "contract", "fake_quant", "dorefa", "stochastic")


@pytest.mark.skipif(
    keras.backend.backend() == "jax", reason="it runs on JAX already"
)
def test_all_that_is_tested_here_holds_on_jax():
    rerun_on_jax(Path(__file__).parent, FILES)
