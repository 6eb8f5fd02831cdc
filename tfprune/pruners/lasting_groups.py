"""Which channels stay although all of their scales are zero."""

from collections.abc import Sequence

from tfprune.graph import Group, PruningGraph, WeightSlice
from tfprune.surgery.constants import WorkingWeights
from tfprune.surgery.dead import dead_in


def lasting_groups(graph: PruningGraph, groups: Sequence[Group]) -> set[Group]:
    """The groups of which `strip` could remove no channel.

    It is tried on the first channel of each: where all of its scales and
    shifts are zero, nothing may need it any more. Something does where a
    layer without normalization adds to the channel, or where a layer
    normalization takes its mean over it.

    Args:
        graph: The traced model.
        groups: Groups that have scales.

    Returns:
        Those that stay.
    """
    weights = WorkingWeights(graph)
    for group in groups:
        scaled = {part.axis.layer for part in scales_of(group)}
        for part in group.slices:
            if part.axis.layer in scaled and part.axis.weight in SHIFTED:
                array = weights[id(part.axis.variable)]
                # Of a group that is dead but for one channel, that one stays.
                array[array == 0] = 1
                array[part.positions[part.channels == 0]] = 0
    dead = dead_in(graph, weights, absorb="approximate", select_inputs=False)
    keep = dead.keep.by_id(graph)
    return {
        group
        for group in groups
        for part in scales_of(group)
        if keep[part.axis.ids[part.positions[part.channels == 0]]].any()
    }


SHIFTED = ("gamma", "beta")
"""What a normalization multiplies a channel by, and adds to it."""


def scales_of(group: Group) -> list[WeightSlice]:
    """The scales of batch normalization, each of all channels of a group."""
    return [
        part
        for part in group.slices
        if part.axis.weight == "gamma"
        and len(part.positions) == len(part.axis.ids)
    ]
