"""One ranking over all layers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tfprune.allocation.scope import SCOPES


@SCOPES.register("global")
@dataclass(frozen=True)
class GlobalScope:
    """The channels with the lowest scores of the whole model go.

    Scores are divided by their group's mean, because the norms of layers of
    different size and depth do not compare.

    Example:

    ```python
    keep = tfprune.keep_mask(model, sparsity=0.5, scope="global")
    ```
    """

    def keys(
        self, scores: Sequence[NDArray[np.floating]]
    ) -> list[NDArray[np.floating]]:
        return [x / (x.mean() or 1.0) for x in scores]
