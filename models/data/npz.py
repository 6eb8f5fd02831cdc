"""Data sets that users bring along in a file."""

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tfprune.errors import InvalidInputError
from tfprune.models.data.arrays import KEYS, dataset_from_arrays
from tfprune.models.data.dataset import Dataset
from tfprune.registry import did_you_mean

# What NumPy and zipfile raise on a file that is damaged, encrypted, packed in
# an unknown way, not theirs at all, or that holds pickled objects.
UNREADABLE = (
    OSError,
    EOFError,
    ValueError,
    KeyError,
    MemoryError,
    NotImplementedError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)


def load_npz(path: str | Path, name: str | None = None) -> Dataset:
    """Reads a data set from an .npz file.

    The file holds the arrays `x_train`, `y_train`, `x_test` and `y_test`, as
    `np.savez` writes them. uint8 images are scaled by 1/255 and images
    without a channel axis are given one; floats stay as they are. Nothing is
    ever unpickled.

    Args:
        path: The file.
        name: What to call the data set; the name of the file without its
            ending if not given.

    Returns:
        A `Dataset` with float32 samples and int64 labels.

    Raises:
        InvalidInputError: When the file is missing, damaged or no .npz file,
            lacks an array, or an array is unfit.

    Example:

    ```python
    np.savez("mine.npz", x_train=..., y_train=..., x_test=..., y_test=...)
    data = load_npz("mine.npz")
    ```
    """
    path = Path(path)
    if not path.is_file():
        raise InvalidInputError(
            f"Expected an .npz file of a data set, received {path}, which is "
            f"no file. Check the path."
        )
    return dataset_from_arrays(
        read_arrays(path), name=name or path.stem, source=str(path)
    )


def read_arrays(path: Path) -> dict[str, NDArray]:
    """Reads the four arrays, whatever is in them.

    Args:
        path: An existing file.

    Raises:
        InvalidInputError: When the file is not to be read or lacks an array.
    """
    try:
        # NumPy leaves a file that it opened by itself open when it fails.
        with path.open("rb") as file:
            return pick(np.load(file, allow_pickle=False), path)
    except InvalidInputError:
        raise
    except UNREADABLE as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InvalidInputError(
            f"Expected {path} to be an .npz archive of plain numeric arrays, "
            f"and it cannot be read ({reason}). Write it again with np.savez, "
            f"from arrays whose dtype is not object."
        ) from error


def pick(archive: Any, path: Path) -> dict[str, NDArray]:
    """Takes the four arrays out of what NumPy made of a file.

    Args:
        archive: What `np.load` returned.
        path: The file, for messages.

    Raises:
        InvalidInputError: When it is no archive, or an array is missing.
    """
    if not isinstance(archive, np.lib.npyio.NpzFile):
        raise InvalidInputError(
            f"Expected {path} to be an .npz archive of the arrays "
            f"{', '.join(KEYS)}, received a single array. Write it with "
            f"np.savez."
        )
    with archive:
        # Escaped: the names in a damaged file may hold anything.
        found = [ascii(name)[1:-1] for name in archive.files]
        for key in KEYS:
            if key not in found:
                raise InvalidInputError(
                    f"Expected the arrays {', '.join(KEYS)} in {path}, "
                    f"received {', '.join(found) or 'none'}: '{key}' is "
                    f"missing.{did_you_mean(key, found)} Rename or add it "
                    f"with np.savez."
                )
        return {key: np.asarray(archive[key]) for key in KEYS}
