"""What a channel takes up: kernels and feature map."""

import math

from tfprune.graph import Group, PruningGraph


def channel_memory(graph: PruningGraph) -> list[tuple[Group, int]]:
    """Counts the numbers that are held for one channel of each group.

    They are the kernel that makes it, the parts of the kernels that read it,
    and its feature map for one example, as in Ye et al., arXiv:1802.00124,
    but for the division by the pixels of the input, which is the same for
    all.

    Args:
        graph: The traced model.

    Returns:
        Each prunable group with the number; a dimension that is not known
        counts as one.
    """
    maps: dict[str, int] = {}
    for step in graph.steps:
        output = step.outputs[0] if step.outputs else None
        if output is not None:
            ids = output.ids
            places = [
                size or 1
                for axis, size in enumerate(output.shape)
                if ids.shape[axis] == 1
            ]
            maps.setdefault(step.path, math.prod(places))
    found = []
    for group in graph.groups():
        if group.prunable:
            count = sum(maps[name] for name in group.producers)
            for part in group.slices:
                shape = part.axis.variable.shape
                if len(shape) > 1:
                    others = math.prod(shape) // shape[part.axis.axis]
                    count += others * len(part.positions) // group.width
            found.append((group, count))
    return found
