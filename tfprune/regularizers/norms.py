"""Norms of groups, their slopes, and how much a step takes off them."""

from keras import ops

from tfprune.regularizers.penalty import Tensor

# Below the smallest normal float32 a sum of squares has lost its digits, and
# a direction computed from it would be noise: such a group counts as zero.
SMALLEST = 1.1754944e-38


def norms(squares: Tensor) -> Tensor:
    """Returns the roots of squared norms, without a slope at zero.

    Args:
        squares: float32 tensor of squared norms.

    Returns:
        float32 tensor of the same shape.
    """
    zero = vanishes(squares)
    # The root has no slope at zero: it must not even be asked for it.
    return ops.where(zero, 0.0, ops.sqrt(ops.where(zero, 1.0, squares)))


def vanishes(squares: Tensor) -> Tensor:
    """Tells groups that count as zero; one that holds NaN does not."""
    return squares <= SMALLEST


def inverses(squares: Tensor) -> Tensor:
    """Returns what makes each group one long, 0 for a group of zeros."""
    return ops.where(vanishes(squares), 0.0, ops.rsqrt(squares))


def shares(squares: Tensor, length: float | Tensor) -> Tensor:
    """Returns the part of each group that is as long as `length`, at most 1.

    Args:
        squares: float32 tensor of squared norms.
        length: By how much the groups become shorter.
    """
    return ops.minimum(length / ops.sqrt(ops.maximum(squares, SMALLEST)), 1.0)
