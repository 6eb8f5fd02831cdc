"""Random scores: the baseline."""

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tfprune.criteria.criterion import CRITERIA, Criterion
from tfprune.graph import Group


@CRITERIA.register("random")
@dataclass(frozen=True)
class Random(Criterion):
    """Uniform random scores, the baseline that a criterion must beat.

    Args:
        seed: The same seed gives a group of the same name the same scores.

    Example:

    ```python
    keep = tfprune.keep_mask(model, criterion="random", sparsity=0.5, seed=1)
    ```
    """

    seed: int = 0

    def scores(self, group: Group) -> NDArray[np.floating]:
        key = zlib.crc32(f"{group.name}/{group.labels[0]}".encode())
        return np.random.default_rng((self.seed, key)).random(group.width)
