"""Attention whose scores are of some of the channels."""

from collections.abc import Sequence
from typing import Any

import keras

from tfprune.layers.kept_places import OverKeptPlaces, restricted


@keras.saving.register_keras_serializable(package="tfprune")
class SubsetAttention(OverKeptPlaces, keras.layers.Attention):
    """Dot-product attention that leaves out dropped channels.

    Example:

    ```python
    places = [{"position": 0, "axis": 2, "kept": [True, False, True]}]
    layer = SubsetAttention(places=places)
    ```
    """

    def call(
        self, inputs: Sequence[Any], mask: Any = None, **kwargs: Any
    ) -> Any:
        inputs = restricted(inputs, self.places)
        return super().call(inputs, mask=mask, **kwargs)
