"""A loss that counts how often the train step is traced.

Imports no backend by itself, so that a program can choose one first.
"""

import keras


class Counting(keras.losses.SparseCategoricalCrossentropy):
    """Counts its traces."""

    traces = 0

    def call(self, y_true: object, y_pred: object) -> object:
        self.traces += 1
        return super().call(y_true, y_pred)
