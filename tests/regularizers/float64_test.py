"""Penalties add up with the losses of Keras where these are float64."""

import keras
import numpy as np

from tests.programs import results_of
from tfprune.regularizers import GroupLasso


def test_training_where_keras_computes_in_float64():
    results = results_of(
        "tests.regularizers.float64_program", KERAS_BACKEND="tensorflow"
    )
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
