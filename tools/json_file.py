"""The JSON file that a command writes beside what it prints."""

from pathlib import Path

from tfprune.atomic_file import atomic_path
from tfprune.errors import InvalidInputError


def check_json_path(path: str | None, *, overwrite: bool) -> None:
    """Refuses a path at which there is a file already.

    To be called before the work begins.

    Raises:
        InvalidInputError: When the file exists and may not be replaced.
    """
    if path is not None and not overwrite and Path(path).exists():
        raise InvalidInputError(
            f"'{path}' exists. Choose another --json, or pass --overwrite."
        )


def write_json(path: str | None, text: str) -> None:
    """Writes JSON text, whole or not at all; nothing without a path."""
    if path is not None:
        with atomic_path(path) as temporary:
            temporary.write_text(f"{text}\n", encoding="utf-8")
