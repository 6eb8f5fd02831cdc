"""The JSON file that a command writes beside what it prints."""

import contextlib
from collections.abc import Callable, Iterator

from tfprune.atomic_file import atomic_path


def write_json(path: str | None, text: str) -> None:
    """Writes JSON text, whole or not at all; nothing without a path."""
    with pending_json(path) as write:
        write(text)


@contextlib.contextmanager
def pending_json(path: str | None) -> Iterator[Callable[[str], None]]:
    """Finds out before long work whether its report can be written.

    Args:
        path: The file, which appears when the block ends without an error;
            None for none.

    Yields:
        What takes the JSON text.

    Example:

    ```python
    with pending_json("report.json") as write:
        write(export_tflite(model, "model.tflite").to_json())
    ```
    """
    with contextlib.ExitStack() as stack:
        file = None if path is None else stack.enter_context(atomic_path(path))

        def write(text: str) -> None:
            if file is not None:
                file.write_text(f"{text}\n", encoding="utf-8")

        yield write
