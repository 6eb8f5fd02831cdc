"""The file that holds a model, its origin and its weights."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from tfprune.errors import InvalidInputError
from tfprune.surgery.origin import Origin

CONFIG = "config.json"
METADATA = "metadata.json"
REMOVALS = "removals.json"
WEIGHTS = "model.weights.h5"


def write_archive(path: Path, origin: Origin, weights: Path) -> None:
    """Writes a `.keras` file that also tells what was removed.

    Args:
        path: The file to write.
        origin: What the model was made from.
        weights: The file with its weights.
    """
    removals = [
        {
            "keep": removal.keep.as_dict(),
            "flatten": removal.flatten,
            "entries": removal.entries,
        }
        for removal in origin.removals
    ]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            METADATA, json.dumps({"keras_version": keras.__version__})
        )
        archive.writestr(CONFIG, json.dumps(origin.config))
        archive.writestr(REMOVALS, json.dumps(removals))
        archive.write(weights, WEIGHTS)


def has_removals(path: Path) -> bool:
    """Whether a file was written by `write_archive`.

    Raises:
        InvalidInputError: When it is missing or no model file.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return REMOVALS in archive.namelist()
    except OSError as error:
        raise InvalidInputError(
            f"Expected a model in '{path}': {error.strerror}."
        ) from None
    except zipfile.BadZipFile:
        raise InvalidInputError(
            f"Expected a .keras file in '{path}'. Received another or a "
            "damaged file."
        ) from None


def read_archive(
    path: Path, weights: Path
) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
    """Reads what `write_archive` wrote.

    Args:
        path: The file.
        weights: Where to put its weights.

    Returns:
        The config of the full model, and the removals as plain data.

    Raises:
        InvalidInputError: When the file is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            config = json.loads(archive.read(CONFIG))
            removals = json.loads(archive.read(REMOVALS))
            weights.write_bytes(archive.read(WEIGHTS))
    except (KeyError, ValueError, zipfile.BadZipFile) as error:
        raise InvalidInputError(
            f"Expected a model in '{path}'. The file is damaged: {error}."
        ) from None
    return config, removals
