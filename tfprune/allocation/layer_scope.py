"""The same fraction of every layer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tfprune.allocation.scope import SCOPES


def ranks(scores: NDArray[np.floating]) -> NDArray[np.floating]:
    """The order of the scores, from 0 for the lowest; ties by position."""
    order = np.argsort(scores, kind="stable")
    result = np.empty(len(scores))
    result[order] = np.arange(len(scores))
    return result


@SCOPES.register("layer")
@dataclass(frozen=True)
class LayerScope:
    """Every group loses the same fraction of its channels.

    Example:

    ```python
    keep = tfprune.keep_mask(model, sparsity=0.5, scope="layer")
    ```
    """

    def keys(
        self, scores: Sequence[NDArray[np.floating]]
    ) -> list[NDArray[np.floating]]:
        return [(ranks(x) + 1) / len(x) for x in scores]
