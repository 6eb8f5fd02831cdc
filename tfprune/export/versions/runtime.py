"""The oldest runtime that runs a file."""

import json
from functools import cache
from pathlib import Path

from tfprune.export.flatbuffer.model import FlatbufferModel, Operator
from tfprune.export.versions.kernels import KERNELS

METADATA_NAME = "min_runtime_version"
# Runtimes read this many bytes, filled up with zeros.
METADATA_BYTES = 16
TABLE = Path(__file__).with_name("runtimes.json")


@cache
def releases() -> dict[str, tuple[str, ...]]:
    """By operator: the releases that brought its versions 1, 2, 3 ..."""
    table = json.loads(TABLE.read_text(encoding="utf-8"))["releases"]
    return {name: tuple(found) for name, found in table.items()}


def oldest_runtime(name: str, version: int) -> str | None:
    """The first TensorFlow Lite that knows a version of an operator.

    Args:
        name: Name of the built-in operator.
        version: Its version.

    Returns:
        The release, such as `"2.9.0"`; None where it is not on record.

    Example:

    >>> oldest_runtime("CONV_2D", 6)
    '2.9.0'
    """
    known = releases().get(name, ())
    if not 0 < version <= len(known):
        return None
    return known[version - 1] or None


def kernel_release(operator: Operator) -> str | None:
    """The first TensorFlow Lite that computes an operator rightly.

    Args:
        operator: The operator, with its tensors.

    Returns:
        The release; None where its version says it all.

    Example:

    ```python
    dense = read_tflite("int4.tflite").operators[0]
    kernel_release(dense)   # "2.19.0"
    ```
    """
    for release, holds in KERNELS.get(operator.name, ()):
        if holds(operator):
            return release
    return None


def min_runtime_version(model: FlatbufferModel) -> str | None:
    """The oldest TensorFlow Lite that computes a model rightly.

    It knows the version of every operator, and has a kernel for the types and
    scales of each. Operators that are not on record are left out, as
    TensorFlow does; it looks at versions alone.

    Args:
        model: The model.

    Returns:
        The release, such as `"2.9.0"`; None for a model without a known one.

    Example:

    ```python
    min_runtime_version(read_tflite("model.tflite"))
    ```
    """
    found = [
        release
        for operator in model.operators
        if not operator.is_custom
        for release in (
            oldest_runtime(operator.name, operator.version),
            kernel_release(operator),
        )
        if release is not None
    ]
    return max(found, key=as_numbers, default=None)


def state_min_runtime(model: FlatbufferModel) -> int:
    """Writes the oldest runtime into a model's metadata.

    Args:
        model: The model; it is changed.

    Returns:
        1 if that changed anything, else 0.
    """
    version = min_runtime_version(model)
    if version is None or version == model.min_runtime:
        return 0
    text = version.encode("ascii")
    model.metadata[METADATA_NAME] = text.ljust(METADATA_BYTES, b"\0")
    return 1


def as_numbers(version: str) -> tuple[int, ...]:
    """`"2.14.0"` as `(2, 14, 0)`, which compares rightly."""
    return tuple(int(part) for part in version.split("."))
