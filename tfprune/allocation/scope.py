"""In which order channels go: one order a scope."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from tfprune.registry import Registry


@runtime_checkable
class Scope(Protocol):
    """Turns the scores of all groups into keys that can be compared."""

    def keys(
        self, scores: Sequence[NDArray[np.floating]]
    ) -> list[NDArray[np.floating]]:
        """Maps scores to keys: over all groups, the lowest keys go first.

        Args:
            scores: One array of shape `(width,)` a group.

        Returns:
            Arrays of the same shapes.
        """


SCOPES: Registry[Scope] = Registry("scope")
