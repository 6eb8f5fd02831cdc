"""Penalties for tests, and arithmetic to hold against them."""

import numpy as np

from tfprune.regularizers import L1, STRUCTURES, GroupLasso, Penalty, Sum

# Both are norms: convex, and twice as large for weights twice as large.
NORMS: tuple[Penalty, ...] = (
    L1(0.3),
    L1([0.0, 0.1, 0.5]),
    *(GroupLasso(0.3, structure=name) for name in STRUCTURES.names()),
    GroupLasso(0.3, scale_by_size=True),
    Sum([L1(0.1), GroupLasso(0.2, "kernel"), GroupLasso(0.1)]),
)


def array(tensor: object) -> np.ndarray:
    """The tensor as a NumPy array of its dtype."""
    return np.asarray(tensor)


def objective(
    penalty: Penalty, point: np.ndarray, weights: np.ndarray, step: float
) -> float:
    """What the proximal operator is the least point of."""
    distance = np.sum(np.square(point - weights, dtype="float64")) / 2
    return distance + step * float(penalty.value(point.astype("float32")))
