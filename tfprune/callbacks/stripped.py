"""The channels that stripping would leave of a model."""

import numpy as np

from tfprune.graph import PruningGraph
from tfprune.graph.channels import Mask
from tfprune.surgery.constants import WorkingWeights
from tfprune.surgery.dead import dead_in


def stripped(
    graph: PruningGraph, weights: WorkingWeights | None = None
) -> Mask:
    """The channels that stripping would leave, by `tfprune.dead_channels`.

    Args:
        graph: The traced model.
        weights: Other weights than those that the model has, if any; they
            are changed.

    Returns:
        One bool for each class of ids.
    """
    left = np.ones(int(graph.labels.max(initial=-1)) + 1, bool)
    found = dead_in(graph, weights or WorkingWeights(graph))
    left[graph.labels] = found.keep.by_id(graph)[:-1]
    return left
