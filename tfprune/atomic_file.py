"""Files that appear whole or not at all."""

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tfprune.errors import FileWriteError, InvalidInputError

# What the disk itself may answer; anything else that a writer raises is the
# writer's own error and passes through untouched.
DISK_ERRORS = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS}
)


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Gives a temporary path that becomes `path` if the block succeeds.

    The temporary file lies in the folder of `path` and ends in the same
    suffixes, so writers that look at the name (`.keras`, `.weights.h5`,
    `.png`) behave as usual. It is created when the block is entered: a path
    that cannot be written fails before any work is done. When the block ends
    it is flushed to the disk and renamed over `path` in one step; when the
    block raises it is removed, and an older file at `path` stays as it was.

    Args:
        path: Where the file shall be. A symbolic link is followed. The mode
            of an existing file is kept.

    Yields:
        The `pathlib.Path` to write to; an empty file.

    Raises:
        InvalidInputError: When the folder is missing, or `path` is a folder,
            a device or not writable.
        FileWriteError: When the disk is full or fails.

    Example:

    ```python
    with atomic_path("report.json") as temporary:
        temporary.write_text(json.dumps(report))
    ```
    """
    target = Path(os.path.realpath(path))
    check_writable(target, shown=path)
    temporary = target.with_name(
        f".tfprune-{secrets.token_hex(4)}{''.join(target.suffixes)}"
    )
    try:
        create_empty(temporary, shown=path)
        yield temporary
        if target.exists():
            shutil.copymode(target, temporary)
        flush_to_disk(temporary)
        temporary.replace(target)
        flush_to_disk(target.parent)
    except OSError as error:
        if error.errno not in DISK_ERRORS:
            raise
        raise FileWriteError(
            f"Could not write '{os.fspath(path)}': {error.strerror}. Nothing "
            "was left behind. Free some space, or choose a path on another "
            "disk."
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def check_writable(target: Path, *, shown: str | os.PathLike[str]) -> None:
    """Refuses a target that a rename could not, or must not, replace.

    Args:
        target: The path, its symbolic links resolved.
        shown: The path as the caller wrote it, for messages.

    Raises:
        InvalidInputError: When the target cannot be a regular file.
    """
    name = os.fspath(shown)
    try:
        target.exists()
    except OSError as error:
        raise InvalidInputError(
            f"Cannot write '{name}': {error.strerror}. Choose another path."
        ) from error
    if target.is_dir():
        raise InvalidInputError(
            f"Expected the path of a file to write. Received: '{name}', which "
            "is a folder. Add a file name to it."
        )
    # Renaming over `/dev/null` as root would replace the device itself.
    if target.exists() and not target.is_file():
        raise InvalidInputError(
            f"Expected the path of a regular file to write. Received: "
            f"'{name}', which is a device or a pipe. Choose another path."
        )
    if not target.parent.is_dir():
        raise InvalidInputError(
            f"Cannot write '{name}': there is no folder '{target.parent}'. "
            "Create it first, or choose another path."
        )
    if target.exists() and not os.access(target, os.W_OK):
        raise InvalidInputError(
            f"Cannot write '{name}': the file exists and is write-protected. "
            "Change its mode, or choose another path."
        )


def create_empty(temporary: Path, *, shown: str | os.PathLike[str]) -> None:
    """Creates the temporary file with the mode that the umask gives.

    Args:
        temporary: A path that does not exist yet.
        shown: The path as the caller wrote it, for messages.

    Raises:
        InvalidInputError: When the folder does not take new files.
    """
    try:
        temporary.touch(exist_ok=False)
    except (PermissionError, FileNotFoundError) as error:
        raise InvalidInputError(
            f"Cannot write '{os.fspath(shown)}': {error.strerror} in folder "
            f"'{temporary.parent}'. Choose a folder that you may write to."
        ) from error


def flush_to_disk(path: Path) -> None:
    """Waits until what the system holds for a file or folder is stored."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        # Some file systems (network, FUSE) have no fsync for a folder.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)
