"""Gradients of functions of one array, on the backend in use."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np


def gradient(
    function: Callable[[Any], Any], x: np.ndarray, upstream: np.ndarray | float
) -> np.ndarray:
    """The gradient of `sum(upstream * function(x))` by `x`."""

    def loss(values: Any) -> Any:
        return keras.ops.sum(function(values) * upstream)

    if keras.backend.backend() == "jax":
        import jax

        return np.asarray(jax.grad(loss)(keras.ops.convert_to_tensor(x)))
    import tensorflow as tf

    values = tf.convert_to_tensor(x)
    with tf.GradientTape() as tape:
        tape.watch(values)
        found = loss(values)
    return tape.gradient(found, values).numpy()
