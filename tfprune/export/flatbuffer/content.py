"""The bytes of a `.tflite` file, checked before anything trusts them."""

import os
from pathlib import Path

from tfprune.errors import InvalidInputError
from tfprune.export.flatbuffer.structure import Structure, StructureError

IDENTIFIER = b"TFL3"
# Offsets of a flatbuffer are signed 32-bit numbers.
MAX_BYTES = 2**31 - 1


def read_content(path: str | os.PathLike[str]) -> bytes:
    """Returns the checked bytes of a `.tflite` file.

    Args:
        path: The file.

    Raises:
        InvalidInputError: As `read_tflite`.
    """
    content = read_file(path)
    check_content(content, source=os.fspath(path))
    return content


def read_file(path: str | os.PathLike[str]) -> bytes:
    """Returns the bytes of a file that bears the mark of a `.tflite` file.

    Args:
        path: The file.

    Raises:
        InvalidInputError: When it cannot be read, is foreign or too large.
    """
    file = Path(path)
    if file.is_dir():
        raise InvalidInputError(
            f"Expected a .tflite file. Received: '{file}', which is a folder."
        )
    try:
        # A device or a pipe may have no end.
        if file.exists() and not file.is_file():
            raise InvalidInputError(
                f"Expected a .tflite file. Received: '{file}', which is a "
                "device or a pipe."
            )
        num_bytes = file.stat().st_size
        # A buffer would make a second copy of the weights.
        with file.open("rb", buffering=0) as stream:
            check_head(stream.read(8), num_bytes, source=str(file))
            stream.seek(0)
            return stream.readall()
    except OSError as error:
        raise InvalidInputError(
            f"Could not read '{file}': {error.strerror}. Check the path."
        ) from error


def check_content(content: bytes, *, source: str) -> None:
    """Refuses bytes that are not a whole TensorFlow Lite model.

    Nothing of them is run, and no native code sees them.

    Args:
        content: The bytes of a file.
        source: What to call them in messages.

    Raises:
        InvalidInputError: When they are foreign or cut short.
    """
    check_head(content[:8], len(content), source=source)
    try:
        Structure(content).verify()
    except StructureError as error:
        raise InvalidInputError(
            f"'{source}' is damaged or cut short: its {len(content):,} bytes "
            f"do not form a valid TensorFlow Lite model ({error}). Download "
            "or convert it again."
        ) from error


def check_head(head: bytes, num_bytes: int, *, source: str) -> None:
    """Refuses a file by its first 8 bytes and its size.

    Raises:
        InvalidInputError: When it is foreign, or too large to hold offsets.
    """
    if head[4:8] != IDENTIFIER:
        raise InvalidInputError(
            f"'{source}' is not a TensorFlow Lite model: expected the mark "
            f"'TFL3' at byte 4. Received: {head[4:8]!r} in a file of "
            f"{num_bytes:,} bytes. Convert the model to .tflite first."
        )
    if num_bytes > MAX_BYTES:
        raise InvalidInputError(
            f"'{source}' has {num_bytes:,} bytes; tfprune reads .tflite files "
            f"of less than 2 GiB. Quantize it while it is converted."
        )
