"""What losses are divided by where data is shared out."""

from typing import Any

import keras

Tensor = Any


def loss_share() -> Tensor:
    """Returns what a loss of 1 counts for in this replica.

    Data-parallel strategies sum gradients over replicas, so Keras divides
    every loss by their number, 1 without a strategy. It does so inside its
    loss classes too, and this asks one of them.
    """
    return keras.losses.MeanAbsoluteError(dtype="float32")([[1.0]], [[0.0]])
