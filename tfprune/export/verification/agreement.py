"""How well the outputs of two models agree."""

from dataclasses import dataclass

import numpy as np

from tfprune.errors import VerificationError
from tfprune.export.verification.tolerance import Tolerance

# Their own variation says nothing yet.
FEW_SAMPLES = 8


@dataclass(frozen=True)
class OutputAgreement:
    """An output of an exported model beside that of its source.

    Args:
        name: Name of the output.
        max_abs_error: Largest difference of two values.
        relative_error: Root-mean-square difference, as a share of the spread
            of the expected values (of their root mean square where they do
            not vary).
        allowed_error: The greatest `relative_error` that passes.
        agreement: Share of samples with the same class (the largest value of
            a `(samples, classes)` output), or of equal integers; None for
            other outputs.
    """

    name: str
    max_abs_error: float
    relative_error: float
    allowed_error: float
    agreement: float | None


def compare_outputs(
    name: str,
    expected: np.ndarray,
    received: np.ndarray,
    *,
    reference: str,
    tolerance: Tolerance,
    step: float = 0.0,
) -> OutputAgreement:
    """Compares an output over all samples.

    Args:
        name: Name of the output.
        expected: What the source computes, shape `(samples, ...)`.
        received: What the exported model computes.
        reference: What to call the source in messages.
        tolerance: The greatest error that passes.
        step: Real distance of two neighbours of a quantized output, else 0.

    Raises:
        VerificationError: When the shapes differ, there are NaN or infinite
            values, or the error is too large.

    Example:

    ```python
    compare_outputs(
        "logits",
        a,
        b,
        reference="the Keras model",
        tolerance=Tolerance(1e-4, 1e-4),
    )
    ```
    """
    if expected.shape != received.shape:
        raise VerificationError(
            f"Output '{name}' has the shape {received.shape} in the exported "
            f"model. Expected {expected.shape}, as in {reference}."
        )
    for array, owner in (
        (expected, reference),
        (received, "the exported model"),
    ):
        if not np.isfinite(array).all():
            raise VerificationError(
                f"Output '{name}' of {owner} holds NaN or infinity "
                f"in {not_finite(array)} of {len(array)} samples."
            )
    if expected.dtype.kind != "f":
        return compare_integers(name, expected, received, reference, tolerance)
    wanted = expected.astype("f8")
    difference = received.astype("f8") - wanted
    error = root_mean_square(difference)
    spread, magnitude = spread_of(wanted), root_mean_square(wanted)
    unit = spread or magnitude or 1.0
    allowed = tolerance.spread * spread + tolerance.magnitude * magnitude + step
    if error > allowed:
        raise VerificationError(
            f"Output '{name}' of the exported model differs from "
            f"{reference} by {error / unit:.3g} of its spread (root mean "
            f"square over {len(expected)} samples). Expected at most "
            f"{allowed / unit:.3g}. Nothing was written; compare on data like "
            "those of the training, or quantize less."
        )
    agreement = None
    if wanted.ndim == 2 and wanted.shape[1] > 1:
        same = wanted.argmax(axis=1) == received.argmax(axis=1)
        agreement = float(same.mean())
    return OutputAgreement(
        name=name,
        max_abs_error=float(np.abs(difference).max(initial=0.0)),
        relative_error=error / unit,
        allowed_error=allowed / unit,
        agreement=agreement,
    )


def compare_integers(
    name: str,
    expected: np.ndarray,
    received: np.ndarray,
    reference: str,
    tolerance: Tolerance,
) -> OutputAgreement:
    """Compares classes, positions or flags: they are equal or they are not.

    Raises:
        VerificationError: When too many differ.
    """
    difference = received.astype("f8") - expected.astype("f8")
    share = float((difference != 0).mean())
    if share > tolerance.spread:
        raise VerificationError(
            f"{share:.0%} of the integers of output '{name}' differ from "
            f"{reference}. Expected at most {tolerance.spread:.0%}. Nothing "
            "was written; quantize less."
        )
    return OutputAgreement(
        name=name,
        max_abs_error=float(np.abs(difference).max(initial=0.0)),
        relative_error=share,
        allowed_error=tolerance.spread,
        agreement=1.0 - share,
    )


def spread_of(values: np.ndarray) -> float:
    """Standard deviation of each value over the samples, averaged.

    Args:
        values: Shape `(samples, ...)`. With fewer than 8 samples it is the
            standard deviation of all values together.
    """
    if len(values) < FEW_SAMPLES:
        return float(values.std())
    return root_mean_square(values - values.mean(axis=0))


def root_mean_square(values: np.ndarray) -> float:
    """Root mean square of an array; 0 for an empty one."""
    return float(np.sqrt(np.square(values).mean())) if values.size else 0.0


def not_finite(array: np.ndarray) -> int:
    """Number of samples that hold NaN or infinity."""
    axes = tuple(range(1, array.ndim))
    return int((~np.isfinite(array).all(axis=axes)).sum())
