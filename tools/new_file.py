"""Files that a command is about to write."""

from collections.abc import Iterable
from pathlib import Path

from tfprune.errors import InvalidInputError


def check_new(paths: Iterable[str | None], overwrite: bool) -> None:
    """Refuses to replace files, before any work is done.

    Args:
        paths: The files; None stands for none.
        overwrite: Whether files that exist may be replaced.

    Raises:
        InvalidInputError: When a file exists and may not be replaced.
    """
    for path in paths:
        if path is not None and Path(path).is_file() and not overwrite:
            raise InvalidInputError(
                f"'{path}' exists. Choose another name, or replace it with "
                "--overwrite."
            )
