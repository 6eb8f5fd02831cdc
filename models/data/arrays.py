"""What arrays must be like to become a data set."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tfprune.errors import InvalidInputError
from tfprune.models.data.dataset import Dataset

KEYS = ("x_train", "y_train", "x_test", "y_test")
BRIGHTEST = 255.0


def dataset_from_arrays(
    arrays: Mapping[str, NDArray], *, name: str, source: str
) -> Dataset:
    """Checks the four arrays and brings them to their types.

    Args:
        arrays: Arrays by the names in `KEYS`.
        name: Name of the data set.
        source: Where the arrays come from, for messages.

    Raises:
        InvalidInputError: When an array has the wrong type, shape or values,
            or two of them do not fit together.
    """
    images = {
        key: as_samples(arrays[key], f"{key} of {source}")
        for key in ("x_train", "x_test")
    }
    labels = {
        key: as_labels(arrays[key], f"{key} of {source}")
        for key in ("y_train", "y_test")
    }
    for split in ("train", "test"):
        samples, classes = images[f"x_{split}"], labels[f"y_{split}"]
        if len(samples) != len(classes):
            raise InvalidInputError(
                f"Expected one label per sample in {source}, received "
                f"{len(samples)} samples in x_{split} and {len(classes)} "
                f"labels in y_{split}. Cut both to the same rows."
            )
    if images["x_train"].shape[1:] != images["x_test"].shape[1:]:
        raise InvalidInputError(
            f"Expected x_train and x_test of {source} to hold samples of one "
            f"shape, received {images['x_train'].shape[1:]} and "
            f"{images['x_test'].shape[1:]}. Resize one of them."
        )
    return Dataset(name=name, **images, **labels)


def as_samples(array: NDArray, what: str) -> NDArray[np.float32]:
    """Returns float32 samples; uint8 is scaled to [0, 1].

    Args:
        array: Shape `(samples, features)`, `(samples, height, width)` or
            `(samples, height, width, channels)`, uint8 or floating.
        what: The array's name, for messages.

    Raises:
        InvalidInputError: When it is empty, of another type or rank, or
            holds NaN or infinite values.
    """
    if array.ndim < 2 or array.size == 0:
        raise InvalidInputError(
            f"Expected {what} to be a non-empty array (samples, height, "
            f"width, channels), received shape {array.shape}. Put the samples "
            f"on the first axis."
        )
    if array.dtype == np.uint8:
        array = array / np.float32(BRIGHTEST)
    elif not np.issubdtype(array.dtype, np.floating):
        raise InvalidInputError(
            f"Expected {what} to be uint8 in 0..255 or floating, received "
            f"dtype {array.dtype}. Convert it to one of them."
        )
    # A float64 beyond the range of float32 becomes infinite and is refused.
    with np.errstate(over="ignore"):
        array = array.astype("float32", copy=False)
    if not np.isfinite(array).all():
        raise InvalidInputError(
            f"Expected {what} to be finite as float32, received "
            f"{np.count_nonzero(~np.isfinite(array))} NaN or infinite values. "
            f"Remove those samples or replace the values."
        )
    return array[..., None] if array.ndim == 3 else array


def as_labels(array: NDArray, what: str) -> NDArray[np.int64]:
    """Returns int64 class numbers.

    Args:
        array: Integers from 0, of shape `(samples,)` or `(samples, 1)`.
        what: The array's name, for messages.

    Raises:
        InvalidInputError: When it is empty, of another type or shape, or
            holds a negative number.
    """
    flat = array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
    if flat.ndim != 1 or flat.size == 0:
        raise InvalidInputError(
            f"Expected {what} to hold one class number per sample, received "
            f"shape {array.shape}. For one-hot rows store argmax(axis=-1)."
        )
    if not np.issubdtype(flat.dtype, np.integer):
        raise InvalidInputError(
            f"Expected {what} to hold integers, received dtype {flat.dtype}. "
            f"Number the classes from 0 and store them as int64."
        )
    labels = flat.astype("int64")
    if labels.min() < 0:
        raise InvalidInputError(
            f"Expected {what} to hold class numbers from 0, received "
            f"{labels.min()}. Number the classes from 0."
        )
    return labels
