"""What the machine is that files are timed on."""

import os
import platform
from pathlib import Path

# The names by which Linux tells the processor, or the board.
PROCESSOR_KEYS = ("model name", "Model", "Hardware")
CPU_INFO = Path("/proc/cpuinfo")


def machine_name(cpu_info: Path = CPU_INFO) -> str:
    """The processor, or the board, and the system.

    Args:
        cpu_info: Where Linux describes its processors.

    Returns:
        One line, such as `"Raspberry Pi 5 Model B, aarch64, Linux"`.

    Example:

    ```python
    print(machine_name())
    ```
    """
    named = (processor_name(cpu_info), platform.machine(), platform.system())
    return ", ".join(part for part in dict.fromkeys(named) if part)


def processor_name(cpu_info: Path) -> str:
    """What the system calls its processor; empty where it does not say."""
    if not cpu_info.is_file():
        return platform.processor()
    found: dict[str, str] = {}
    for line in cpu_info.read_text("utf-8", "replace").splitlines():
        key, _, value = line.partition(":")
        found.setdefault(key.strip(), value.strip())
    for key in PROCESSOR_KEYS:
        if found.get(key):
            return found[key]
    return platform.processor()


def num_cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
