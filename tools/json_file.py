"""The JSON file that a command writes beside what it prints."""

from tfprune.atomic_file import atomic_path


def write_json(path: str | None, text: str) -> None:
    """Writes JSON text, whole or not at all; nothing without a path."""
    if path is not None:
        with atomic_path(path) as temporary:
            temporary.write_text(f"{text}\n", encoding="utf-8")
