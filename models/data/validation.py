"""Samples to tune on, so that the test split is never used for it."""

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from tfprune.errors import InvalidInputError
from tfprune.models.data.dataset import Dataset

Split = tuple[NDArray[np.float32], NDArray[np.int64]]


def validation_split(
    dataset: Dataset, size: float | int = 0.1, seed: int = 0
) -> tuple[Split, Split]:
    """Takes validation samples off the train split, stratified by class.

    Args:
        dataset: Whose `x_train` and `y_train` are divided; it stays whole.
        size: Fraction of the train samples (a float between 0 and 1) or how
            many of them (an int).
        seed: Chooses the samples; the same seed, the same split.

    Returns:
        The pairs `(x, y)` to train on and `(x, y)` to validate on.

    Raises:
        InvalidInputError: When there are too few samples for such a split.

    Example:

    ```python
    data = load("mnist")
    (x, y), validation = validation_split(data, 5000)
    model.fit(x, y, validation_data=validation)   # tune here
    model.evaluate(data.x_test, data.y_test)      # report this, once
    ```
    """
    try:
        x, x_validation, y, y_validation = train_test_split(
            dataset.x_train,
            dataset.y_train,
            test_size=size,
            stratify=dataset.y_train,
            random_state=seed,
        )
    except ValueError as error:
        raise InvalidInputError(
            f"Expected a validation size that leaves every class on both "
            f"sides of the {len(dataset.x_train)} train samples, received "
            f"size={size} ({error}) Choose another size."
        ) from error
    return (x, y), (x_validation, y_validation)
