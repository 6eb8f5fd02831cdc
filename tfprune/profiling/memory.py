"""What a channel takes up: kernels and feature map."""

import math
from collections.abc import Mapping

import numpy as np

from tfprune.graph import Group, PruningGraph, WeightSlice
from tfprune.graph.channels import Mask


def channel_memory(
    graph: PruningGraph, keep: Mask | None = None
) -> list[tuple[Group, int]]:
    """Counts the numbers that are held for one channel of each group.

    They are the kernel that makes it, the parts of the kernels that read it,
    and its feature map for one example, as in Ye et al., arXiv:1802.00124,
    but for the division by the pixels of the input, which is the same for
    all.

    Args:
        graph: The traced model.
        keep: The channels that are left of it, one bool for each class of
            ids; all when None. As in the paper, kernels are as wide as what
            is left.

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
    if keep is None:
        keep = np.ones(int(graph.labels.max(initial=-1)) + 1, bool)
    by_id = graph.keep_by_id(keep)
    lengths: dict[int, dict[int, int]] = {}
    for axis in graph.axes:
        left = int(np.count_nonzero(by_id[axis.ids]))
        lengths.setdefault(id(axis.variable), {})[axis.axis] = left
    found = []
    for group in graph.groups():
        if group.prunable:
            count = sum(maps[name] for name in group.producers)
            for part in group.slices:
                if len(part.axis.variable.shape) > 1:
                    row = numbers_in_row(part, lengths[id(part.axis.variable)])
                    count += row * len(part.positions) // group.width
            found.append((group, count))
    return found


def numbers_in_row(part: WeightSlice, lengths: Mapping[int, int]) -> int:
    """How many numbers a weight holds at one position of a channel.

    Args:
        part: Where channels lie on the weight.
        lengths: How long those of its axes are that carry channels.
    """
    return math.prod(
        lengths.get(axis, size)
        for axis, size in enumerate(part.axis.variable.shape)
        if axis != part.axis.axis
    )
