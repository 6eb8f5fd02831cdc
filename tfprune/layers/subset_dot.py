"""A dot product over some of the channels."""

from collections.abc import Sequence
from typing import Any

import keras

from tfprune.layers.kept_places import OverKeptPlaces, restricted


@keras.saving.register_keras_serializable(package="tfprune")
class SubsetDot(OverKeptPlaces, keras.layers.Dot):
    """A dot product that leaves out dropped channels.

    Zero weights alone do not do that: an activation may turn them into
    something else.

    Example:

    ```python
    places = [{"position": 0, "axis": 1, "kept": [True, False, True]}]
    layer = SubsetDot(axes=1, places=places)
    ```
    """

    def call(self, inputs: Sequence[Any]) -> Any:
        return super().call(restricted(inputs, self.places))
