"""The folder that a command writes to."""

import tempfile
from pathlib import Path

from tfprune.errors import InvalidInputError


def make_output_folder(path: str) -> Path:
    """Makes a folder, and makes sure that files can be written to it.

    To be called before the work begins, which may take hours.

    Raises:
        InvalidInputError: When there can be no such folder, or no file in it.
    """
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise InvalidInputError(
            f"Cannot write to the folder '{path}': {error.strerror}. Choose "
            "another --output_dir."
        ) from error
    return folder
