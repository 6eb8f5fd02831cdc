"""Saves any model that a removal returned."""

import tempfile
from pathlib import Path

import keras

from tfprune.atomic_file import atomic_path
from tfprune.errors import InvalidInputError
from tfprune.saving.archive import WEIGHTS, write_archive
from tfprune.surgery.origin import origin_of


def save_model(
    model: keras.Model, path: str | Path, *, include_optimizer: bool = True
) -> None:
    """Saves a model so that `tfprune.load_model` gives it back.

    A plain model is saved as `model.save` does it. A model with layers of the
    user's classes whose parts have become smaller (`flatten=False`) is saved
    with the keep-masks that made it: its config alone gives the full size.

    Args:
        model: What `remove_channels`, `prune` or `strip` returned.
        path: A file that ends in `.keras`; it appears whole or not at all.
        include_optimizer: Whether a plain model's optimizer is saved, so that
            training can go on.

    Raises:
        InvalidInputError: When the path does not end in `.keras`, or a layer
            could not be found again.

    Example:

    ```python
    small = tfprune.prune(model, macs=0.5, flatten=False)
    tfprune.save_model(small, "small.keras")
    small = tfprune.load_model("small.keras")
    ```
    """
    path = Path(path)
    if path.suffix != ".keras":
        raise InvalidInputError(
            f"Expected a path that ends in '.keras'. Received: '{path}'."
        )
    origin = origin_of(model)
    if origin is not None and origin.nameless:
        raise InvalidInputError(
            f"Layer '{origin.nameless[0]}' would come back under another name: "
            "its config leaves it out. Give its class a get_config() that "
            "starts from super().get_config(), and trace the model anew."
        )
    with atomic_path(path) as beside:
        if origin is None:
            model.save(beside, include_optimizer=include_optimizer)
            return
        with tempfile.TemporaryDirectory() as folder:
            weights = Path(folder) / WEIGHTS
            model.save_weights(weights)
            write_archive(beside, origin, weights)
