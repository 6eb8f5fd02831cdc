"""Layers of few bits on JAX, where TensorFlow cannot be imported."""

from pathlib import Path

import keras
import pytest

from tests.programs import rerun_on_jax

FILES = (
    "quantized_layers",
    "input_scale",
    "learning_rate",
    "presets",
    "slots",
)


@pytest.mark.skipif(
    keras.backend.backend() == "jax", reason="it runs on JAX already"
)
def test_all_that_is_tested_of_low_bits_holds_on_jax():
    rerun_on_jax(Path(__file__).parent, FILES)
