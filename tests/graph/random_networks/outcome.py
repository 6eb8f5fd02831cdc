"""What removing random channels of a random network does."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

import tfprune
from tests.families.example import example_inputs
from tests.testing import random_keep_mask
from tfprune.allocation.keep_mask import KeepMask
from tfprune.errors import InvalidInputError
from tfprune.surgery.mask import masked
from tfprune.surgery.oracle import outputs
from tfprune.surgery.remove import removed

RESPONSE = 1e-3
"""An output that changes less from example to example proves nothing."""
ATTEMPTS = 20


@dataclass(frozen=True)
class Outcome:
    """How a network with channels removed compares with it masked.

    Attributes:
        relative: Largest difference of any output, over the largest number in
            that output.
        response: How far apart the outputs for two examples are, over the
            largest number; the least of all outputs.
        prunable: Fraction of the channels that can be removed.
    """

    relative: float
    response: float
    prunable: float


def outcome(
    model: keras.Model,
    seed: int,
    flatten: bool | None = None,
    saved: bool = False,
) -> Outcome:
    """Removes random channels and compares.

    Args:
        model: A random network.
        seed: Seed of the mask.
        flatten: As in `tfprune.trace`.
        saved: Whether the smaller model is saved and loaded between.
    """
    graph = tfprune.trace(model, flatten=flatten)
    keep = valid_keep_mask(graph, seed)
    inputs = example_inputs(model)
    expected = outputs(masked(graph, keep), inputs)
    small = removed(graph, keep)
    if saved:
        small = loaded(small, outputs(small, inputs), inputs)
    pairs = zip(expected, outputs(small, inputs), strict=True)
    return Outcome(
        relative=max(apart(one, other) for one, other in pairs),
        response=min(apart(x[:1], x[1:2]) for x in expected),
        prunable=prunable(graph),
    )


def valid_keep_mask(graph: tfprune.PruningGraph, seed: int) -> KeepMask:
    """A random mask that leaves something of every tensor.

    A tensor may consist of parts of groups, of which a mask drops just those.
    """
    for attempt in range(ATTEMPTS):
        keep = random_keep_mask(graph, seed + attempt)
        try:
            keep.by_id(graph)
            return keep
        except InvalidInputError as error:
            if "removes every channel" not in str(error):
                raise
    return KeepMask.ones_like(graph)


def apart(one: np.ndarray, other: np.ndarray) -> float:
    """The largest difference over the largest number."""
    if one.shape != other.shape:
        raise ValueError(f"Shapes {one.shape} and {other.shape} differ.")
    whole = np.abs(one).max()
    return float(np.abs(one - other).max() / whole) if whole else 0.0


def prunable(graph: tfprune.PruningGraph) -> float:
    """The fraction of channels that can be removed."""
    groups = graph.groups()
    weights = {id(x): x for step in graph.unknown() for x in step.weights}
    total = sum(group.width for group in groups)
    total += sum(x.shape[-1] for x in weights.values() if len(x.shape) > 1)
    return sum(group.width for group in groups if group.prunable) / total


def loaded(
    small: keras.Model, expected: list[np.ndarray], inputs: object
) -> keras.Model:
    """What a model is once it is saved and loaded.

    Raises:
        ValueError: When it then computes something else.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "small.keras"
        tfprune.save_model(small, path)
        again = tfprune.load_model(path)
    for one, other in zip(expected, outputs(again, inputs), strict=True):
        if not np.array_equal(one, other):
            raise ValueError("What was loaded is not what was saved.")
    return again
