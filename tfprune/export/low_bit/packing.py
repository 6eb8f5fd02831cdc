"""Integers of few bits, several to a byte."""

import numpy as np
from numpy.typing import NDArray

BYTE = 8


def packed(integers: NDArray[np.integer], bits: int) -> NDArray[np.uint8]:
    """Packs integers as a `.tflite` file holds them.

    The first one stands in the lowest bits of the first byte.

    Args:
        integers: Array of any shape, of numbers that fit.
        bits: Bits of each: 2, 4 or 8.

    Returns:
        The bytes; the last one is filled up with zeros.

    Example:

    >>> packed(np.array([1, -1, 7]), 4).tolist()
    [241, 7]
    """
    flat = np.asarray(integers, "int8").reshape(-1).view(np.uint8)
    per_byte = BYTE // bits
    padded = np.pad(flat & ((1 << bits) - 1), (0, -flat.size % per_byte))
    shifts = bits * np.arange(per_byte, dtype=np.uint8)
    parts = padded.reshape(-1, per_byte) << shifts
    return np.bitwise_or.reduce(parts, axis=1).astype(np.uint8)


def unpacked(
    data: NDArray[np.uint8], bits: int, count: int
) -> NDArray[np.int8]:
    """Reads packed integers.

    Args:
        data: The bytes.
        bits: Bits of each integer: 2, 4 or 8.
        count: How many there are.

    Returns:
        Array of shape `(count,)`.

    Example:

    >>> unpacked(np.array([241, 7], "uint8"), 4, 3).tolist()
    [1, -1, 7]
    """
    shifts = bits * np.arange(BYTE // bits, dtype=np.uint8)
    parts = (data.reshape(-1, 1) >> shifts).reshape(-1)[:count]
    # The sign is the highest of the bits: move it to the top and back.
    empty = BYTE - bits
    return (parts << empty).astype(np.uint8).view(np.int8) >> empty
