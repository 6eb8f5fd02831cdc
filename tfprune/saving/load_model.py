"""Loads what `save_model` saved."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from tfprune.allocation.keep_mask import KeepMask
from tfprune.graph import trace
from tfprune.regularizers import link
from tfprune.saving.archive import WEIGHTS, has_removals, read_archive
from tfprune.surgery.remove import removed


def load_model(
    path: str | Path, custom_objects: Mapping[str, Any] | None = None
) -> keras.Model:
    """Loads a model that `tfprune.save_model` or Keras saved.

    The full model is made from its config, the channels that were removed are
    removed again, and the weights are loaded.

    Args:
        path: A `.keras` file.
        custom_objects: Classes by name, for those that are not registered
            with `keras.saving.register_keras_serializable`.

    Returns:
        The model, not compiled, equal to the saved one to the last bit.

    Raises:
        InvalidInputError: When the file is missing or damaged.

    Example:

    ```python
    small = tfprune.load_model("small.keras")
    ```
    """
    path = Path(path)
    if not has_removals(path):
        model = keras.saving.load_model(
            path, custom_objects=custom_objects, compile=False
        )
        link(model.variables)
        return model
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / WEIGHTS
        config, removals = read_archive(path, weights)
        model = keras.saving.deserialize_keras_object(
            config, custom_objects=custom_objects
        )
        for removal in removals:
            graph = trace(model, flatten=removal["flatten"])
            operations = {x.path: x.operation for x in graph.steps}
            model = removed(
                graph,
                KeepMask.from_dict(removal["keep"]),
                configs={
                    id(operations[name]): entries
                    for name, entries in removal["entries"].items()
                },
            )
        model.load_weights(weights)
    return model
