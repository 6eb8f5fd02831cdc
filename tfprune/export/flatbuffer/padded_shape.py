"""The shape that a padding makes."""

from typing import Any

import numpy as np

TYPES = {"INT32": "<i4", "INT64": "<i8"}


def padded_shape(shape: Any, widths: Any, dtype: str) -> tuple[int, ...]:
    """Sizes after a padding whose widths are in the file.

    Args:
        shape: Sizes before.
        widths: The bytes of the widths, two numbers an axis, or None.
        dtype: Their type.

    Returns:
        Sizes, 0 where they would be negative; no axes where widths are
        computed, or do not fit the shape.

    Example:

    ```python
    padded_shape((1, 4), widths.data, "INT32")      # (1, 6)
    ```
    """
    sizes = [] if shape is None else [int(size) for size in shape]
    if widths is None or dtype not in TYPES:
        return ()
    numbers = np.asarray(widths, np.uint8).view(TYPES[dtype]).tolist()
    if len(numbers) != 2 * len(sizes):
        return ()
    return tuple(
        max(size + before + after, 0)
        for size, before, after in zip(
            sizes, numbers[::2], numbers[1::2], strict=True
        )
    )
