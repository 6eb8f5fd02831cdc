"""Typical inputs that are none."""

import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.export.conversion.model_input import ModelInput
from tfprune.export.verification.samples import Samples

# Digits on black are four fifths black, and good data.
SATURATED_SHARE = 0.95


def sample_doubts(
    samples: Samples, inputs: tuple[ModelInput, ...]
) -> tuple[str, ...]:
    """What makes samples unfit to find ranges of activations on.

    Args:
        samples: Checked samples.
        inputs: The inputs of the model, in their order.

    Returns:
        At most one sentence for each input.

    Example:

    ```python
    sample_doubts(samples, signature.inputs)    # ()
    ```
    """
    pairs = zip(samples.arrays, inputs, strict=True)
    found = (doubt_of(array, item, samples.origin) for array, item in pairs)
    return tuple(sentence for sentence in found if sentence)


def check_varied(samples: Samples) -> None:
    """Refuses samples on which no ranges of activations can be found.

    Args:
        samples: Checked samples.

    Raises:
        InvalidInputError: When all of them are equal, or one number
            throughout.

    Example:

    ```python
    check_varied(read_samples(x, inputs, origin="x", limit=500))
    ```
    """
    if all(map(is_constant, samples.arrays)):
        raise InvalidInputError(
            f"Expected samples in `{samples.origin}` that differ, since "
            f"ranges of activations are found on them. Received "
            f"{len(samples)} that hold the same numbers. Pass a hundred or "
            "more real inputs."
        )


def is_constant(array: np.ndarray) -> bool:
    """Whether samples are equal, or floats that are one number."""
    if not array.size:
        return False
    if len(array) > 1:
        return bool((array == array[0]).all())
    return array.dtype.kind == "f" and bool(array.min() == array.max())


def doubt_of(array: np.ndarray, wanted: ModelInput, origin: str) -> str:
    """The first doubt about the samples of one input, or an empty text."""
    if array.dtype.kind != "f" or not array.size:
        return ""
    place = f"`{origin}` for input '{wanted.name}'"
    low, high = array.min(), array.max()
    if low == high:
        return f"All numbers of {place} are {low:.4g}: pass real inputs."
    if len(array) > 1 and (array == array[0]).all():
        return f"All {len(array)} samples of {place} are equal: pass others."
    for end, value in (("lowest", low), ("highest", high)):
        share = float((array == value).mean())
        if share > SATURATED_SHARE:
            return (
                f"{share:.0%} of {place} lie at their {end} value, "
                f"{value:.4g}: check their scale."
            )
    return ""
