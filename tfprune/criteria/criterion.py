"""The base of all criteria, and their registry."""

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tfprune.graph import Group, WeightSlice
from tfprune.registry import Registry


class Criterion(ABC):
    """Scores the channels of a group: the lowest go first.

    A criterion sees weight slices and never a layer type, so it serves every
    architecture that can be traced.

    Example:

    ```python
    @tfprune.criteria.CRITERIA.register("peak")
    @dataclass(frozen=True)
    class Peak(tfprune.criteria.Criterion):
        def scores(self, group):
            return summed_over(group, lambda w: np.abs(w).max(axis=1))
    ```
    """

    @abstractmethod
    def scores(self, group: Group) -> NDArray[np.floating] | None:
        """Scores the channels of a group.

        Args:
            group: The channels, with every weight slice they own.

        Returns:
            Array of shape `(group.width,)`, higher for more important; None
            when the criterion cannot tell, which keeps the whole group.
        """


CRITERIA: Registry[Criterion] = Registry("criterion")


def kernels(group: Group) -> list[WeightSlice]:
    """The slices of a group that produce its channels from others."""
    return [
        part
        for part in group.slices
        if part.axis.role == "out" and len(part.axis.variable.shape) > 1
    ]


def summed_over(
    parts: list[WeightSlice],
    measure: Callable[[NDArray[np.floating]], NDArray[np.floating]],
) -> NDArray[np.floating] | None:
    """Adds up a measure of each channel's weights over several slices.

    Args:
        parts: Slices of one group.
        measure: From weights of shape `(positions, weights)` to one number a
            position.

    Returns:
        Array of shape `(width,)`, or None when there are no slices.
    """
    if not parts:
        return None
    scores = [part.total(measure(part.values)) for part in parts]
    return np.sum(scores, axis=0)
