"""MNIST and Fashion-MNIST, from a folder or through Keras."""

import os
from pathlib import Path
from types import ModuleType

import keras

from tfprune.errors import InvalidInputError
from tfprune.models.data.arrays import dataset_from_arrays
from tfprune.models.data.dataset import Dataset
from tfprune.models.data.loading import DATASETS
from tfprune.models.data.npz import load_npz

DATA_DIR_VARIABLE = "TFPRUNE_DATA_DIR"


@DATASETS.register("mnist")
def mnist(data_dir: str | None = None) -> Dataset:
    """Returns 70,000 handwritten digits of 28 x 28 x 1, 10,000 for testing.

    Source: LeCun, Cortes and Burges, "The MNIST Database", 1998.

    Args:
        data_dir: Folder of `mnist.npz`; see `load`.
    """
    return from_folder_or_keras("mnist", data_dir, keras.datasets.mnist)


@DATASETS.register("fashion_mnist")
def fashion_mnist(data_dir: str | None = None) -> Dataset:
    """Returns 70,000 images of clothes of 28 x 28 x 1, 10,000 for testing.

    Source: Xiao, Rasul and Vollgraf, "Fashion-MNIST", arXiv:1708.07747.

    Args:
        data_dir: Folder of `fashion_mnist.npz`; see `load`.
    """
    return from_folder_or_keras(
        "fashion_mnist", data_dir, keras.datasets.fashion_mnist
    )


def from_folder_or_keras(
    name: str, data_dir: str | None, source: ModuleType
) -> Dataset:
    """Reads `<name>.npz` from the folder that is named, else asks Keras.

    Args:
        name: Name of the data set.
        data_dir: Folder, or none for that in `TFPRUNE_DATA_DIR`.
        source: Module of `keras.datasets` to use where neither is given.

    Raises:
        InvalidInputError: When the folder does not hold the file, or the
            file is unfit.
    """
    folder = data_dir or os.environ.get(DATA_DIR_VARIABLE)
    if folder:
        path = Path(folder) / f"{name}.npz"
        if not path.is_file():
            raise InvalidInputError(
                f"Expected the data set '{name}' in the file {path}, and it "
                f"is not there. Put it there, or name its folder by data_dir "
                f"or {DATA_DIR_VARIABLE}, or neither to download it."
            )
        return load_npz(path, name=name)
    (x_train, y_train), (x_test, y_test) = source.load_data()
    return dataset_from_arrays(
        {
            "x_train": x_train,
            "y_train": y_train,
            "x_test": x_test,
            "y_test": y_test,
        },
        name=name,
        source=f"keras.datasets.{name}",
    )
