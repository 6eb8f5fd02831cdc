"""What every data set looks like."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Dataset:
    """Samples and labels, split into a part to learn from and one to judge.

    Attributes:
        name: What it is called in reports.
        x_train: float32 `(samples, *input_shape)`; images lie in [0, 1] and
            have a channel axis.
        y_train: int64 `(samples,)`, class numbers from 0.
        x_test: As `x_train`. Never for choosing a value: see
            `validation_split`.
        y_test: As `y_train`.

    Example:

    ```python
    data = load("digits")
    model.fit(data.x_train, data.y_train)
    model.evaluate(data.x_test, data.y_test)
    ```
    """

    name: str
    x_train: NDArray[np.float32]
    y_train: NDArray[np.int64]
    x_test: NDArray[np.float32]
    y_test: NDArray[np.int64]

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one sample, without the batch axis."""
        return self.x_train.shape[1:]

    @property
    def num_classes(self) -> int:
        """One more than the largest label of either split."""
        return int(max(self.y_train.max(), self.y_test.max())) + 1

    def __eq__(self, other: Any) -> bool:
        """Whether both hold the same name and the same numbers."""
        if not isinstance(other, Dataset):
            return NotImplemented
        return self.name == other.name and all(
            np.array_equal(mine, theirs)
            for mine, theirs in (
                (self.x_train, other.x_train),
                (self.y_train, other.y_train),
                (self.x_test, other.x_test),
                (self.y_test, other.y_test),
            )
        )

    def __repr__(self) -> str:
        """One line of sizes instead of four arrays."""
        return (
            f"Dataset('{self.name}', train={len(self.x_train)}, "
            f"test={len(self.x_test)}, input_shape={self.input_shape}, "
            f"num_classes={self.num_classes})"
        )
