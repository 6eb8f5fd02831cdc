"""Reading `.keras` files that may be anything."""

import importlib
import re
import zipfile
import zlib
from pathlib import Path

import keras

from tfprune.errors import InvalidInputError
from tfprune.saving.load_model import load_model

CONFIG = "config.json"
# Keras finds the classes of a package by name once it is imported.
OWN_CLASSES = ("tfprune.optimizers", "tfprune.regularizers")
# What Keras, h5py and zipfile raise on contents that make no model.
UNREADABLE = (
    AttributeError,
    ImportError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)
UNKNOWN_CLASS = re.compile(r"Could not locate (class|function) '([^']+)'")


def load_keras_model(path: str | Path) -> keras.Model:
    """Reads a model from a `.keras` file, without its optimizer.

    It may be Keras' own or one that `tfprune.save_model` wrote. Nothing in
    the file is run: one that holds Python code is refused.

    Args:
        path: The file.

    Raises:
        InvalidInputError: When the file is missing, damaged or no model.

    Example:

    ```python
    model = load_keras_model("model.keras")
    ```
    """
    path = Path(path)
    check_archive(path)
    for package in OWN_CLASSES:
        importlib.import_module(package)
    try:
        model = load_model(path)
    except InvalidInputError:
        raise
    except UNREADABLE as error:
        raise refusal(path, error) from error
    if not isinstance(model, keras.Model):
        raise InvalidInputError(
            f"Expected a Keras model in '{path}'. Received: a "
            f"{type(model).__name__}. Save the model that holds it."
        )
    return model


def check_archive(path: Path) -> None:
    """Refuses what is no whole archive in the form that Keras writes.

    Raises:
        InvalidInputError: With what the file is instead.
    """
    if path.is_dir():
        raise InvalidInputError(
            f"Expected a .keras file. Received: '{path}', which is a folder. "
            "Save the model with model.save('model.keras')."
        )
    try:
        with path.open("rb") as file:
            head = file.read(4)
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
            names = archive.namelist()
    except OSError as error:
        raise InvalidInputError(
            f"Could not read '{path}': {error.strerror}. Check the path."
        ) from error
    except (zipfile.BadZipFile, zlib.error, RuntimeError) as error:
        if head.startswith(b"PK"):
            raise cut_short(path) from error
        raise InvalidInputError(
            f"'{path}' is not a .keras file: expected an archive that begins "
            f"with b'PK'. Received: {head!r}. Save the model with "
            "model.save('model.keras')."
        ) from error
    if damaged is not None:
        raise cut_short(path)
    if CONFIG not in names:
        raise InvalidInputError(
            f"'{path}' is not a .keras file: expected '{CONFIG}' in the "
            f"archive. Received: {', '.join(names[:3]) or 'nothing'}. Save "
            "the model with model.save('model.keras')."
        )


def cut_short(path: Path) -> InvalidInputError:
    """The error for an archive that lost a part."""
    return InvalidInputError(
        f"'{path}' is damaged or cut short: its {path.stat().st_size:,} bytes "
        "do not form a whole .keras file. Copy or save it again."
    )


def refusal(path: Path, error: BaseException) -> InvalidInputError:
    """Explains in one line why Keras cannot make a model of a file."""
    text = str(error)
    unknown = UNKNOWN_CLASS.search(text)
    if unknown:
        return InvalidInputError(
            f"'{path}' needs the {unknown[1]} '{unknown[2]}', which is "
            "neither Keras' nor tfprune's. Load the model in Python, where "
            "that is defined, and call tfprune there."
        )
    if "unsafe_deserialization" in text:
        return InvalidInputError(
            f"'{path}' holds Python code (a Lambda layer), which is not run "
            "from a file. Replace the layer by one with a name, or load the "
            "model in Python and call tfprune there."
        )
    reason = text.strip().partition("\n")[0].partition(". ")[0].rstrip(".")
    return InvalidInputError(
        f"Keras cannot make a model of '{path}': "
        f"{reason or type(error).__name__}. Save it again with the Keras "
        f"version that is installed here, {keras.__version__}."
    )
