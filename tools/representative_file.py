"""Reading typical inputs from an `.npz` file."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tfprune.errors import InvalidInputError
from tfprune.models.data.npz import UNREADABLE


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
        # NumPy leaves a file open that it opened and could not read.
        with path.open("rb") as file:
            archive = np.load(file, allow_pickle=False)
            names = getattr(archive, "files", ())
            arrays = {name: archive[name] for name in names}
    except UNREADABLE as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InvalidInputError(
            f"Expected '{path}' to be an .npz archive of plain numbers, and "
            f"it cannot be read ({reason}). Write it again with np.savez, "
            "from arrays whose dtype is not object."
        ) from error
    if isinstance(archive, np.ndarray):
        raise InvalidInputError(
            f"Expected '{path}' to be an .npz archive. Received: a single "
            "array (.npy). Write it with np.savez."
        )
    return next(iter(arrays.values())) if len(arrays) == 1 else arrays
