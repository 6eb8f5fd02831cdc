"""The files that hold what benchmarks measure."""

import json
import os
from typing import Any

from tfprune.atomic_file import atomic_path


def write_result(path: str | os.PathLike[str], content: Any) -> None:
    """Writes figures as JSON, whole or not at all.

    Args:
        path: The file; an older one is replaced.
        content: Dicts, lists, numbers and strings.
    """
    with atomic_path(path) as temporary:
        text = json.dumps(content, indent=2)
        temporary.write_text(f"{text}\n", encoding="utf-8")
