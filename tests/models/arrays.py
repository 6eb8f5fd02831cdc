"""Small data sets for tests."""

from pathlib import Path

import numpy as np


def small_arrays(**changes: object) -> dict[str, np.ndarray]:
    """Twelve train and six test images of 5 x 4, three classes."""
    generator = np.random.default_rng(0)
    return {
        "x_train": generator.integers(0, 256, (12, 5, 4)).astype("uint8"),
        "y_train": np.arange(12, dtype="uint8") % 3,
        "x_test": generator.integers(0, 256, (6, 5, 4)).astype("uint8"),
        "y_test": np.arange(6, dtype="uint8") % 3,
        **changes,
    }


def small_file(path: Path, **changes: object) -> Path:
    """Writes `small_arrays` to an .npz file."""
    np.savez(path, **small_arrays(**changes))
    return path
