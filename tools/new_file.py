"""Files that a command is about to write."""

from collections.abc import Iterable
from pathlib import Path

from tfprune.errors import InvalidInputError


def check_new(paths: Iterable[str | None], overwrite: bool) -> None:
    """Refuses to replace files, or to write one twice, before any work.

    Args:
        paths: The files; None stands for none.
        overwrite: Whether files that exist may be replaced.

    Raises:
        InvalidInputError: When a file exists and may not be replaced, or is
            named twice.
    """
    known: set[Path] = set()
    for path in paths:
        if path is None:
            continue
        place = Path(path).resolve()
        if place in known:
            raise InvalidInputError(
                f"Expected different files to write. Received '{path}' twice. "
                "Choose another name for one of them."
            )
        known.add(place)
        if place.is_file() and not overwrite:
            raise InvalidInputError(
                f"'{path}' exists. Choose another name, or replace it with "
                "--overwrite."
            )
