"""Where the data of a command come from."""

from dataclasses import dataclass

from tfprune.errors import InvalidInputError
from tfprune.models.data import DATASETS, Dataset, load, load_npz

DEFAULT_DATASET = "digits"


@dataclass(frozen=True)
class DataSource:
    """A data set that comes by name, or the user's own file.

    Attributes:
        dataset: Name of the data set, or None.
        data: An `.npz` file in its place, or None.
        data_dir: Folder of data sets that are not bundled, or None.
    """

    dataset: str | None = None
    data: str | None = None
    data_dir: str | None = None

    def __post_init__(self) -> None:
        if self.dataset and self.data:
            raise InvalidInputError(
                "Expected one of --dataset and --data. Received both."
            )
        DATASETS.get(self.dataset or DEFAULT_DATASET)

    def load(self) -> Dataset:
        """Reads the data.

        Raises:
            InvalidInputError: When the file is missing or unfit.
        """
        if self.data:
            return load_npz(self.data)
        return load(self.dataset or DEFAULT_DATASET, self.data_dir)
