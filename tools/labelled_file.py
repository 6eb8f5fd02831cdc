"""Reading samples, and perhaps their classes, from an `.npz` file."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tfprune.tools.representative_file import load_inputs

# Names of the classes, and of the samples beside them.
LABELS = ("labels", "y_test", "y")
SPLITS = {"x_test", "x_train", "y_train"}


@dataclass(frozen=True)
class LabelledSamples:
    """Samples of a file.

    Attributes:
        inputs: One array, or one for each input by its name; None for none.
        labels: Classes of the samples, or None.
    """

    inputs: NDArray | dict[str, NDArray] | None
    labels: NDArray | None


def load_labelled(path: str | Path) -> LabelledSamples:
    """Reads samples, and their classes where the file holds them.

    Args:
        path: The `.npz` file: one array, or one for each input of a model by
            its name, and perhaps one named `labels`, `y_test` or `y`. Of a
            data set with `x_test` and `y_test` these two are taken.

    Raises:
        InvalidInputError: When the file is missing or damaged.

    Example:

    ```python
    np.savez("test.npz", x_test, labels=y_test)
    load_labelled("test.npz").labels.shape      # (10000,)
    ```
    """
    found = load_inputs(path)
    if not isinstance(found, dict):
        return LabelledSamples(found, None)
    name = next((x for x in LABELS if x in found), None)
    labels = None if name is None else np.asarray(found[name])
    inputs = {key: x for key, x in found.items() if key != name}
    if "x_test" in inputs and set(inputs) <= SPLITS:
        inputs = {"x_test": inputs["x_test"]}
    if len(inputs) == 1:
        return LabelledSamples(next(iter(inputs.values())), labels)
    return LabelledSamples(inputs, labels)
