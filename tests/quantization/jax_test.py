"""Quantization-aware training on JAX, where TensorFlow cannot be imported."""

from pathlib import Path

import keras
import pytest

from tests.programs import rerun_on_jax

FILES = ("folding", "scaled_weights", "training")


@pytest.mark.skipif(
    keras.backend.backend() == "jax", reason="it runs on JAX already"
)
def test_what_trains_holds_on_jax():
    rerun_on_jax(Path(__file__).parent, FILES)
