"""Reading typical inputs from an `.npz` file."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tfprune.models.data.npz import UNREADABLE, unreadable

from tfprune.errors import InvalidInputError


def load_inputs(path: str | Path) -> NDArray | dict[str, NDArray]:
    """Reads one array, or one for each input of a model by its name.

    Args:
        path: The `.npz` file, as `np.savez` writes it. Nothing in it is ever
            unpickled.

    Returns:
        The array of a file that holds one, whatever its name; else a dict.

    Raises:
        InvalidInputError: When the file is missing or damaged.

    Example:

    ```python
    np.savez("typical.npz", x_train[:500])
    load_inputs("typical.npz").shape    # (500, 28, 28, 1)
    ```
    """
    path = Path(path)
    if not path.is_file():
        raise InvalidInputError(
            f"Expected an .npz file of typical inputs. Received: '{path}', "
            "which is no file. Check the path."
        )
    try:
        archive = np.load(path, allow_pickle=False)
    except UNREADABLE as error:
        raise unreadable(path, error) from error
    if not isinstance(archive, np.lib.npyio.NpzFile):
        raise InvalidInputError(
            f"Expected '{path}' to be an .npz archive. Received: a single "
            "array (.npy). Write it with np.savez."
        )
    with archive:
        try:
            arrays = {name: archive[name] for name in archive.files}
        except UNREADABLE as error:
            raise unreadable(path, error) from error
    return next(iter(arrays.values())) if len(arrays) == 1 else arrays
