"""One array of samples for one input of a model."""

from typing import Any

import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.model_input import ModelInput


def to_array(item: Any, *, origin: str) -> np.ndarray:
    """Makes an array of anything that NumPy understands.

    Raises:
        InvalidInputError: When it is ragged or no array at all.
    """
    try:
        return np.asarray(item)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(
            f"`{origin}` holds a {type(item).__name__} that does not form an "
            "array. Give all samples the same shape."
        ) from error


def spread_out(array: np.ndarray, limit: int) -> np.ndarray:
    """At most `limit` entries of the first axis, at even distances."""
    if array.ndim == 0 or len(array) <= limit:
        return array
    return array[np.linspace(0, len(array) - 1, limit).round().astype(int)]


def check_array(
    array: np.ndarray, wanted: ModelInput, *, origin: str, first: int = 0
) -> np.ndarray:
    """Checks samples and gives them the dtype of the input.

    Args:
        array: Samples, shape `(samples, *wanted.shape)`.
        wanted: The input that they are for.
        origin: Name of the argument they came in, for messages.
        first: Position of the first of them, for messages.

    Raises:
        InvalidInputError: When the shape or the dtype is wrong, or there are
            no samples, or NaN or infinite values among them.
    """
    place = f"`{origin}` for input '{wanted.name}'"
    if array.ndim == 0 or array.shape[1:] != wanted.shape:
        expected = ", ".join(["samples", *map(str, wanted.shape)])
        raise InvalidInputError(
            f"Expected {place} with shape ({expected}). Received shape "
            f"{array.shape}. Reshape or resize the data."
        )
    if not np.can_cast(array.dtype, wanted.dtype, casting="same_kind"):
        raise InvalidInputError(
            f"Expected {place} with a dtype that casts to {wanted.dtype}. "
            f"Received dtype {array.dtype}. Convert the data."
        )
    if not len(array):
        raise InvalidInputError(
            f"Expected at least one sample in {place}. Received none. Pass "
            "some typical inputs."
        )
    array = array.astype(wanted.dtype)
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        axes = tuple(range(1, array.ndim))
        bad = first + int(np.argmin(np.isfinite(array).all(axis=axes)))
        raise InvalidInputError(
            f"Expected finite numbers in {place}. Received NaN or infinity, "
            f"first in sample {bad}. Remove or repair such samples."
        )
    return array
