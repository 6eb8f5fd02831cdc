"""The table of the data sets that come by name."""

from tfprune.models.data.dataset import Dataset
from tfprune.models.registry import FunctionRegistry

DATASETS = FunctionRegistry("data set")


def names() -> tuple[str, ...]:
    """The names that `load` knows, sorted."""
    return DATASETS.names()


def load(name: str = "digits", data_dir: str | None = None) -> Dataset:
    """Returns the data set called `name`.

    Args:
        name: One of `names()`. `"digits"` comes with scikit-learn and needs
            nothing else.
        data_dir: Folder that holds `<name>.npz` for the data sets that are
            not bundled. Without it the folder in the environment variable
            `TFPRUNE_DATA_DIR` is used, and without that `keras.datasets`,
            which downloads. A folder that is named must hold the file:
            nothing is downloaded behind its back.

    Raises:
        InvalidInputError: When the name is unknown, or the file is missing
            or unfit.

    Example:

    ```python
    data = load("fashion_mnist", data_dir="/data")
    data.x_train.shape  # (60000, 28, 28, 1)
    ```
    """
    return DATASETS.get(name)(data_dir)  # type: ignore[operator]
