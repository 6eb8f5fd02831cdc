"""A weight of a composite layer, held by a layer that Keras has."""

import math
from typing import Any

import keras
import numpy as np


class WeightTable:
    """Holds a weight outside of its layer, as a table of one row.

    A functional model has no weights but those of its layers. A weight that a
    user's `call` uses directly therefore becomes an `Embedding` of one row,
    which is always looked up, and reshaped.

    Args:
        variable: The weight.
        array: What it holds in the copy, of its new shape; None for the same.
        anchor: An input of the model, which the look-up starts from.
        name: Name of the layer.
    """

    def __init__(
        self, variable: Any, array: np.ndarray | None, anchor: Any, name: str
    ) -> None:
        if array is None:
            array = keras.ops.convert_to_numpy(variable)
        self.variable = variable
        self.anchor = anchor
        first = (slice(0, 1), *[0] * (len(anchor.shape) - 1))
        row = keras.ops.zeros_like(anchor, dtype="int32")[first]
        self._array = array
        self._layer = keras.layers.Embedding(
            1, math.prod(array.shape), name=name, trainable=variable.trainable
        )
        self.value = keras.ops.reshape(self._layer(row), array.shape)

    def fill(self) -> None:
        """Gives the layer its weight."""
        self._layer.embeddings.assign(self._array.reshape(1, -1))
