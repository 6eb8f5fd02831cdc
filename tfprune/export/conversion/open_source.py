"""Which front door a model comes in by."""

import contextlib
import os
from pathlib import Path
from typing import Any

import keras

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.input_shape import InputShape
from tfprune.export.conversion.source import Source
from tfprune.export.conversion.sources.concrete_function import (
    open_concrete_function,
)
from tfprune.export.conversion.sources.keras_model import open_keras_model
from tfprune.export.conversion.sources.saved_model import open_saved_model
from tfprune.export.conversion.sources.tflite_file import open_tflite
from tfprune.export.dependencies import require
from tfprune.export.flatbuffer.content import IDENTIFIER
from tfprune.saving.keras_file import load_keras_model

EXPECTED = (
    "a `keras.Model`, a TensorFlow concrete function, or the path of a .keras "
    "file, a SavedModel folder or a .tflite file"
)


def open_source(
    source: Any,
    *,
    input_shape: InputShape = None,
    signature: str | None = None,
) -> contextlib.AbstractContextManager[Source]:
    """Opens a model in whatever form it was handed in.

    Args:
        source: A built `keras.Model`, a TensorFlow concrete function, or the
            path of a `.keras` file, a SavedModel folder or a `.tflite` file.
        input_shape: Shape of one sample, without the batch axis, for a model
            that leaves sizes open; for several inputs a dict by input name.
        signature: Key of the signature of a SavedModel or a `.tflite` file.

    Returns:
        A context manager that gives the source.

    Raises:
        InvalidInputError: When it is no such thing, or has no signatures to
            choose from.

    Example:

    ```python
    with open_source("saved_model/", signature="classify") as source:
        print([item.name for item in source.inputs])
    ```
    """
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        if path.is_dir():
            return open_saved_model(path, input_shape, signature)
        if is_tflite(path):
            return open_tflite(path, input_shape, signature)
        source = load_keras_model(path)
    if signature is not None:
        raise InvalidInputError(
            "Expected `signature` with a SavedModel or a .tflite file only. "
            f"Received: '{signature}' with a {type(source).__name__}."
        )
    if isinstance(source, keras.Model):
        return open_keras_model(source, input_shape)
    types = require("tensorflow").types.experimental
    if isinstance(source, types.ConcreteFunction):
        return open_concrete_function(source, input_shape)
    raise InvalidInputError(
        f"Expected {EXPECTED}. Received: {type(source).__name__}. "
        f"{advice_for(source)}"
    )


def is_tflite(path: Path) -> bool:
    """Whether a file bears the mark of TensorFlow Lite, or else its suffix."""
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError:
        # Whoever reads it next says what is wrong.
        head = b""
    return head[4:] == IDENTIFIER or path.suffix == ".tflite"


def advice_for(source: Any) -> str:
    """How to get a model out of something that is none."""
    if type(source).__module__.startswith("tf_keras"):
        return (
            "Save it with tf.saved_model.save(model, folder), and pass the "
            "folder."
        )
    if hasattr(source, "get_concrete_function"):
        return "Call its get_concrete_function() with a `tf.TensorSpec` first."
    return "Load or build the model first."
