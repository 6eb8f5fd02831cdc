"""The most memory that a call has at once, on Linux."""

import contextlib
import ctypes
import gc
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

METHOD = (
    "growth of the resident set at its peak (VmHWM, reset before the call "
    "through /proc/self/clear_refs, over VmRSS then), after garbage collection "
    "and malloc_trim, in a fresh process that has traced, removed and cloned a "
    "small network before; the result of the call is part of it"
)


# Seconds between two looks at other processes.
PERIOD = 0.005


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


def peak_of_children(run: Callable[[], Any]) -> int:
    """The most bytes that a process has resident which a call starts.

    Files that it maps are counted too.
    """
    peaks: dict[str, int] = {}
    done = threading.Event()

    def watch() -> None:
        while not done.wait(PERIOD):
            for task in Path("/proc/self/task").iterdir():
                for process in (task / "children").read_text().split():
                    # It may have ended meanwhile.
                    with contextlib.suppress(OSError, ValueError):
                        peaks[process] = status_bytes("VmHWM", process)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        run()
    finally:
        done.set()
        watcher.join()
    return max(peaks.values(), default=0)


def status_bytes(name: str, process: str = "self") -> int:
    """One of the sizes that Linux reports of a process."""
    text = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    (line,) = (x for x in text.splitlines() if x.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024
