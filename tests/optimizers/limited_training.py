"""Training under limits: a column dropped, a weak one kept, others free.

Imports no backend by itself, so that a program can choose one first.
"""

import keras
import numpy as np

from tests.optimizers.least_squares import linear_model, matrix, update
from tfprune.optimizers import Proximal
from tfprune.regularizers import L1

WEAK, DROPPED, FREE = 0, 4, 1
"""Columns: the solution of the first is nearly zero, that of the last large."""

STRENGTH = 0.1
LIMITS = np.array([[1, 0, 0, 0, -1]], "int8")


def momentum() -> Proximal:
    """An optimizer that would revive what is zero."""
    return Proximal(keras.optimizers.SGD(0.05, momentum=0.9, weight_decay=1e-3))


def limited_model(optimizer: keras.optimizers.Optimizer) -> keras.Model:
    """A model whose optimizer has momentum already when limits come."""
    model = linear_model(optimizer, L1(STRENGTH))
    update(model, 3)
    kernel = model.layers[0].kernel
    optimizer.limit(kernel, (1, 5)).assign(LIMITS)
    model.make_train_function(force=True)
    return model


def limited_matrices(updates: int) -> np.ndarray:
    """The matrix after each update under limits."""
    return update(limited_model(momentum()), updates)


def unlimited_matrix(updates: int) -> np.ndarray:
    """The matrix after as many updates without limits."""
    model = linear_model(momentum(), L1(STRENGTH))
    update(model, 3 + updates)
    return matrix(model)
