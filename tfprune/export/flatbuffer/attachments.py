"""Files that ride behind a flatbuffer, such as the labels of the classes."""

import io
import zipfile
from collections.abc import Mapping

# A zip file stores times; the same content shall give the same bytes.
FIXED_TIME = (1980, 1, 1, 0, 0, 0)


def read_attachments(content: bytes) -> dict[str, bytes]:
    """The files in the zip archive that follows a flatbuffer.

    TensorFlow Lite's metadata appends label files this way: a zip archive is
    read from its end, a flatbuffer from its start.

    Args:
        content: The bytes of a `.tflite` file.

    Returns:
        Contents by name; empty where nothing follows.

    Example:

    ```python
    read_attachments(content)["labels.txt"].decode().splitlines()
    ```
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except zipfile.BadZipFile:
        return {}


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
