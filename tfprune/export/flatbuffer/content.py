"""The bytes of a `.tflite` file, checked before anything trusts them."""

import os
from pathlib import Path

from tfprune.errors import InvalidInputError
from tfprune.export.dependencies import require
from tfprune.export.quiet import quiet_native_logs

IDENTIFIER = b"TFL3"


def read_content(path: str | os.PathLike[str]) -> bytes:
    """Returns the checked bytes of a `.tflite` file.

    Args:
        path: The file.

    Raises:
        InvalidInputError: As `read_tflite`.
    """
    file = Path(path)
    if file.is_dir():
        raise InvalidInputError(
            f"Expected a .tflite file. Received: '{file}', which is a folder."
        )
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InvalidInputError(
            f"Could not read '{file}': {error.strerror}. Check the path."
        ) from error
    check_content(content, source=str(file))
    return content


def check_content(content: bytes, *, source: str) -> None:
    """Refuses bytes that are not a whole TensorFlow Lite model.

    Args:
        content: The bytes of a file.
        source: What to call them in messages.

    Raises:
        InvalidInputError: When they are foreign or cut short.
    """
    if content[4:8] != IDENTIFIER:
        raise InvalidInputError(
            f"'{source}' is not a TensorFlow Lite model: expected the mark "
            f"'TFL3' at byte 4. Received: {content[4:8]!r} in a file of "
            f"{len(content):,} bytes. Convert the model to .tflite first."
        )
    interpreter = require("ai_edge_litert.interpreter")
    try:
        with quiet_native_logs():
            interpreter.Interpreter(model_content=content)
    except ValueError as error:
        # Unknown operators also raise here, and can still be inspected.
        if "valid Flatbuffer" in str(error):
            raise InvalidInputError(
                f"'{source}' is damaged or cut short: its {len(content):,} "
                "bytes do not form a valid TensorFlow Lite model. Download "
                "or convert it again."
            ) from error
