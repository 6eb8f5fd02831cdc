"""What removing one channel saves."""

import numpy as np

from tfprune.graph import Group, PruningGraph
from tfprune.profiling.cost import Cost, total


def savings(graph: PruningGraph, cost: Cost) -> list[tuple[Group, int]]:
    """What one channel of each group costs, its consumers' part included.

    Args:
        graph: The traced model.
        cost: What is counted, such as `macs(graph)`.

    Returns:
        Each prunable group with the cost that the model loses with one of its
        channels.
    """
    classes = int(graph.labels.max(initial=-1)) + 1
    everything = np.ones(classes, bool)
    whole = total(cost, graph.keep_by_id(everything))
    found = []
    for group in graph.groups():
        if group.prunable:
            keep = everything.copy()
            keep[group.labels[0]] = False
            found.append((group, whole - total(cost, graph.keep_by_id(keep))))
    return found
