"""Files that ride behind a flatbuffer, such as the labels of the classes."""

import io
import zipfile
import zlib
from collections.abc import Mapping

from tfprune.errors import InvalidInputError

# A zip file stores times; the same content shall give the same bytes.
FIXED_TIME = (1980, 1, 1, 0, 0, 0)
# Labels and vocabularies; a small archive may unfold to terabytes.
MAX_BYTES = 64 << 20
UNREADABLE = (
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)


def read_attachments(content: bytes, *, source: str) -> dict[str, bytes]:
    """The files in the zip archive that follows a flatbuffer.

    TensorFlow Lite's metadata appends label files this way: a zip archive is
    read from its end, a flatbuffer from its start.

    Args:
        content: The bytes of a `.tflite` file.
        source: What to call them in messages.

    Returns:
        Contents by name; empty where nothing follows.

    Raises:
        InvalidInputError: When the archive is damaged, or unfolds to more
            than 64 MiB.

    Example:

    ```python
    read_attachments(content, source="m")["labels.txt"].decode()
    ```
    """
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            num_bytes = sum(entry.file_size for entry in archive.filelist)
            if num_bytes > MAX_BYTES:
                raise InvalidInputError(
                    f"The files attached to '{source}' take {num_bytes:,} "
                    f"bytes. Expected at most {MAX_BYTES:,}. Detach them: "
                    "zip --delete takes files out of it."
                )
            return {name: archive.read(name) for name in archive.namelist()}
    except UNREADABLE as error:
        if isinstance(error, InvalidInputError):
            raise
        raise InvalidInputError(
            f"The files attached to '{source}' are damaged: "
            f"{str(error) or type(error).__name__}. Download or convert it "
            "again."
        ) from error


def append_attachments(content: bytes, files: Mapping[str, bytes]) -> bytes:
    """Puts files into a zip archive behind a flatbuffer.

    Args:
        content: The bytes of a flatbuffer, with no archive behind it.
        files: Contents by name.
    """
    if not files:
        return content
    buffer = io.BytesIO(content)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, FIXED_TIME), data)
    return buffer.getvalue()
