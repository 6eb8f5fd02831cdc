"""The most memory that a call has at once, on Linux."""

import ctypes
import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

METHOD = (
    "growth of the resident set at its peak (VmHWM, reset before the call "
    "through /proc/self/clear_refs, over VmRSS then), after garbage collection "
    "and malloc_trim, in a fresh process that has traced, removed and cloned a "
    "small network before; the result of the call is part of it"
)


def peak_growth(run: Callable[[], Any]) -> int:
    """Bytes by which the resident set grows during a call, at its peak."""
    gc.collect()
    # Freed memory that the allocator keeps would hide what the call takes.
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = status_bytes("VmRSS")
    result = run()
    peak = status_bytes("VmHWM")
    del result
    return peak - before


def status_bytes(name: str) -> int:
    """One of the sizes that Linux reports of this process."""
    text = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (x for x in text.splitlines() if x.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024
