"""Penalties add up with the losses of Keras where these are float64."""

import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np

from tfprune.regularizers import GroupLasso

ROOT = Path(__file__).parents[2]


def test_training_where_keras_computes_in_float64():
    finished = subprocess.run(
        [sys.executable, "-m", "tests.regularizers.float64_program"],
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": "tensorflow"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    results = json.loads(finished.stdout.splitlines()[-1])
    assert len(results) == 8
    for name, result in results.items():
        assert result["dtype"] == "float64", name
        assert result["moved"] > 1e-3, name
        # Proximal steps are those of float32.
        assert result["off"] < 1e-6, name


def test_a_layer_of_float64_among_others():
    x = inputs = keras.Input((4,))
    for dtype in ("float64", "float32"):
        x = keras.layers.Dense(
            3, kernel_regularizer=GroupLasso(0.5), dtype=dtype
        )(x)
    model = keras.Model(inputs, x)
    model.compile("sgd", "mse")
    model.fit(np.ones((2, 4)), np.zeros((2, 3)), verbose=0)
    for layer, loss in zip(model.layers[1:], model.losses, strict=True):
        kernel = np.array(layer.kernel, "float64")
        exact = 0.5 * np.linalg.norm(kernel, axis=0).sum()
        np.testing.assert_allclose(float(loss), exact, rtol=1e-6)
