"""Lowered convolutions as matrix products, all columns against some."""

import time
from dataclasses import dataclass
from statistics import median

import numpy as np


@dataclass(frozen=True)
class Case:
    """A VALID convolution of which some columns are left.

    Attributes:
        name: What it is called in tables.
        size: Height and width of its input.
        channels: Input channels.
        kernel_size: Height and width of its kernel.
        filters: Output channels.
        columns: How many columns are left.
    """

    name: str
    size: int
    channels: int
    kernel_size: int
    filters: int
    columns: int

    @property
    def everything(self) -> int:
        """How many columns there are."""
        return self.kernel_size**2 * self.channels

    @property
    def outputs(self) -> int:
        """Height and width of the output."""
        return self.size - self.kernel_size + 1

    def left(self) -> np.ndarray:
        """Which columns are left: some at random, in order."""
        chosen = np.random.default_rng(0).choice(
            self.everything, self.columns, replace=False
        )
        return np.sort(chosen)


def places(case: Case, columns: np.ndarray) -> np.ndarray:
    """Where each output reads the flat input, `(outputs, columns)`."""
    row, rest = np.divmod(columns, case.kernel_size * case.channels)
    column, channel = np.divmod(rest, case.channels)
    y, x = np.divmod(np.arange(case.outputs**2), case.outputs)
    rows = y[:, None] + row
    return (rows * case.size + x[:, None] + column) * case.channels + channel


def products(case: Case, runs: int) -> tuple[float, float, float]:
    """All columns, those left, and those left with their gather.

    The product of all columns is timed without its gather.

    Returns:
        Medians in milliseconds; the three take turns.
    """
    generator = np.random.default_rng(0)
    image = generator.normal(size=case.size**2 * case.channels)
    image = image.astype("float32")
    kernel = generator.normal(size=(case.everything, case.filters))
    kernel = kernel.astype("float32")
    columns = case.left()
    few, where = np.ascontiguousarray(kernel[columns]), places(case, columns)
    full = image[places(case, np.arange(case.everything))]
    small = np.ascontiguousarray(full[:, columns])
    variants = (
        lambda: full @ kernel,
        lambda: small @ few,
        lambda: image[where] @ few,
    )
    seconds: list[list[float]] = [[] for _ in variants]
    for _ in range(runs):
        for run, taken in zip(variants, seconds, strict=True):
            start = time.perf_counter()
            run()
            taken.append(time.perf_counter() - start)
    whole, left, gathered = (1000 * median(x) for x in seconds)
    return whole, left, gathered
