"""How far an output of one model is from that of another."""

from dataclasses import dataclass

import numpy as np

from tfprune.errors import VerificationError


@dataclass(frozen=True)
class OutputComparison:
    """An output of a second model beside that of the first.

    Args:
        name: Name of the output in the first model.
        max_abs_error: Largest difference of two values.
        relative_error: Root mean square of the differences, as a share of
            the root mean square of the first model's values.
        snr_db: Power of the first model's values over that of the
            differences, in decibels; None where nothing differs.
        agreement: Share of samples for which the largest value of a
            `(samples, classes)` output stands at the same place; None for
            other outputs.
    """

    name: str
    max_abs_error: float
    relative_error: float
    snr_db: float | None
    agreement: float | None


def compare_values(
    name: str, first: np.ndarray, second: np.ndarray
) -> OutputComparison:
    """Compares an output over all samples.

    Args:
        name: Name of the output.
        first: Values of the first model, shape `(samples, ...)`.
        second: Values of the second model.

    Raises:
        VerificationError: When the shapes differ, or one of the two holds NaN
            or infinity where the other does not hold the same.

    Example:

    ```python
    compare_values("logits", float_logits, int8_logits).snr_db  # 31.4
    ```
    """
    if first.shape != second.shape:
        raise VerificationError(
            f"Output '{name}' has the shape {first.shape} in the first file "
            f"and {second.shape} in the second."
        )
    wanted, received = (numbers(array) for array in (first, second))
    finite = np.isfinite(wanted)
    same = np.array_equal(wanted[~finite], received[~finite], equal_nan=True)
    if not same or not np.isfinite(received[finite]).all():
        raise VerificationError(
            f"Output '{name}' holds NaN or infinity in one file where the "
            "other holds something else."
        )
    wanted, received = (
        np.where(finite, wanted, 0),
        np.where(finite, received, 0),
    )
    difference = np.abs(received - wanted)
    noise, power = np.square(difference).sum(), np.square(np.abs(wanted)).sum()
    error = float(np.sqrt(noise / power)) if power else float(noise > 0)
    return OutputComparison(
        name=name,
        max_abs_error=float(difference.max(initial=0.0)),
        relative_error=error,
        snr_db=decibels(power, noise),
        agreement=top_1_agreement(wanted, received),
    )


def numbers(array: np.ndarray) -> np.ndarray:
    """Values in double precision; complex ones stay complex."""
    return array.astype("c16" if array.dtype.kind == "c" else "f8")


def decibels(power: float, noise: float) -> float | None:
    """The ratio of two powers; None without noise."""
    if not noise:
        return None
    return float(10 * np.log10(power / noise)) if power else float("-inf")


def top_1_agreement(first: np.ndarray, second: np.ndarray) -> float | None:
    """Share of samples with the same class; None for other outputs."""
    if first.ndim != 2 or first.shape[1] < 2 or first.dtype.kind == "c":
        return None
    same = first.argmax(axis=1) == second.argmax(axis=1)
    return float(same.mean())
