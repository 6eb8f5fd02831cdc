"""Copies of models on JAX, where TensorFlow cannot be imported."""

from pathlib import Path

import keras
import pytest

from tests.programs import rerun_on_jax

FILES = ("separate_arrays",)


@pytest.mark.skipif(
    keras.backend.backend() == "jax", reason="it runs on JAX already"
)
def test_copies_are_apart_on_jax():
    rerun_on_jax(Path(__file__).parent, FILES)
