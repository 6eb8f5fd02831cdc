"""What removing one channel saves."""

import numpy as np

from tfprune.graph import Group, PruningGraph
from tfprune.graph.channels import Mask
from tfprune.profiling.cost import Cost, total


def savings(
    graph: PruningGraph, cost: Cost, keep: Mask | None = None
) -> list[tuple[Group, int]]:
    """What one channel of each group costs, its consumers' part included.

    Args:
        graph: The traced model.
        cost: What is counted, such as `macs(graph)`.
        keep: The channels that are left of it, one bool for each class of
            ids; all when None.

    Returns:
        Each prunable group with the cost that the model loses with one of its
        channels; 0 where none is left.
    """
    if keep is None:
        keep = np.ones(int(graph.labels.max(initial=-1)) + 1, bool)
    whole = total(cost, graph.keep_by_id(keep))
    found = []
    for group in graph.groups():
        if group.prunable:
            less = keep.copy()
            less[group.labels[keep[group.labels]][:1]] = False
            found.append((group, whole - total(cost, graph.keep_by_id(less))))
    return found
