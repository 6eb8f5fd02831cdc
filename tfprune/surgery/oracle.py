"""Two models compared on data."""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from tfprune.errors import ExactnessError, InvalidInputError
from tfprune.graph.trace import inputs_of

TOLERANCES = {"float16": 2e-2, "bfloat16": 1e-1}
TOLERANCE = 1e-4
"""Largest relative difference that float32 sums in another order explain; a
model that computes in half precision is allowed its own."""


@dataclass(frozen=True)
class Difference:
    """How far the outputs of two models are apart.

    Attributes:
        absolute: Largest absolute difference over all outputs.
        relative: Largest difference of any output, over the largest number
            in that output of the first model.
        examples: Number of examples compared.
        random: Whether they were random numbers, for want of data.
    """

    absolute: float
    relative: float
    examples: int
    random: bool


def difference(
    model: keras.Model, other: keras.Model, data: Any = None
) -> Difference:
    """Runs two models on the same inputs and compares their outputs.

    Args:
        model: A built model.
        other: A model with the same inputs and outputs.
        data: One batch of inputs, in the structure that the model is called
            with; random numbers of the input's shape when None.

    Returns:
        The largest differences.

    Raises:
        ExactnessError: When every output is zero or one is not finite, so
            that equality would mean nothing.
    """
    random = data is None
    inputs = random_inputs(model) if random else data
    first = outputs(model, inputs)
    second = outputs(other, inputs)
    check_comparable(model, other, first, second)
    largest = [float(np.abs(y).max(initial=0)) for y in first]
    if not np.isfinite(largest).all() or not any(largest):
        raise ExactnessError(
            f"Model '{model.name}' returns "
            f"{'only zeros' if not any(largest) else 'infinite numbers'}, so "
            "a comparison would prove nothing. Pass data it responds to."
        )
    absolute = [
        float(np.abs(a - b).max(initial=0))
        for a, b in zip(first, second, strict=True)
    ]
    relative = [
        change / whole if whole else (0.0 if change == 0 else np.inf)
        for change, whole in zip(absolute, largest, strict=True)
    ]
    return Difference(
        absolute=max(absolute),
        relative=max(relative),
        examples=len(first[0]),
        random=random,
    )


def check_comparable(
    model: keras.Model,
    other: keras.Model,
    first: list[np.ndarray],
    second: list[np.ndarray],
) -> None:
    """Refuses outputs of different number or shape.

    Raises:
        InvalidInputError: With the shapes of both.
    """
    shapes = [y.shape for y in first], [y.shape for y in second]
    if shapes[0] != shapes[1]:
        raise InvalidInputError(
            f"Expected models of the same outputs. Received: '{model.name}' "
            f"with shapes {shapes[0]} and '{other.name}' with {shapes[1]}."
        )


def outputs(model: keras.Model, inputs: Any) -> list[np.ndarray]:
    """All outputs of a model in inference, as float64 arrays."""
    results = model(inputs, training=False)
    return [
        np.asarray(keras.ops.convert_to_numpy(y), dtype="float64")
        for y in keras.tree.flatten(results)
    ]


def random_inputs(
    model: keras.Model, batch_size: int = 2, seed: int = 0
) -> Any:
    """Random numbers in the structure and shapes of a model's inputs.

    Args:
        model: A built model.
        batch_size: Number of examples; an input of fixed batch keeps its own.
        seed: Seed of the numbers.

    Returns:
        Arrays: normal for float inputs, zeros and ones for integer ones.
        Unknown dimensions become 32.

    Raises:
        InvalidInputError: When an input takes neither.
    """
    generator = np.random.default_rng(seed)

    def draw(tensor: Any) -> np.ndarray:
        first, *rest = tensor.shape
        shape = (first or batch_size, *(size or 32 for size in rest))
        dtype = keras.backend.standardize_dtype(tensor.dtype)
        if "float" in dtype:
            return generator.standard_normal(shape).astype(
                "float32" if dtype == "bfloat16" else dtype
            )
        if "int" in dtype or dtype == "bool":
            return generator.integers(0, 2, shape).astype(dtype)
        raise InvalidInputError(
            f"Input '{tensor.name}' of model '{model.name}' has dtype {dtype}, "
            "for which there are no random numbers. Pass data."
        )

    return keras.tree.map_structure(draw, inputs_of(model))


def check_equal(
    masked: keras.Model, small: keras.Model, data: Any = None
) -> Difference:
    """Raises when a model with channels removed differs from it masked.

    Raises:
        ExactnessError: With the difference that was found.
    """
    found = difference(masked, small, data)
    allowed = tolerance(masked)
    if not found.relative <= allowed:
        raise ExactnessError(
            f"Removing channels of model '{masked.name}' changed its output by "
            f"{found.relative:.2g} of the largest output (expected at most "
            f"{allowed:g}). Please report the architecture."
        )
    return found


def check_copy(model: keras.Model, copy: keras.Model, data: Any = None) -> None:
    """Raises when a mere copy of a model computes something else.

    Raises:
        ExactnessError: With the difference that was found.
    """
    found = difference(model, copy, data)
    if not found.relative <= tolerance(model):
        raise ExactnessError(
            f"A copy of model '{model.name}' made from its layers' configs and "
            f"weights differs by {found.relative:.2g} of the largest output: a "
            "layer has state that is in neither. Take it out of the model."
        )


def tolerance(model: keras.Model) -> float:
    """The relative difference that a model's precision explains."""
    computing = {
        getattr(layer, "compute_dtype", "float32") for layer in model.layers
    }
    return max(TOLERANCES.get(dtype, TOLERANCE) for dtype in computing)
