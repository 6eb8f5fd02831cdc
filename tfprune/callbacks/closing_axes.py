"""The weights that become zero with channels."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from tfprune.callbacks.steered_channels import SteeredGroup
from tfprune.callbacks.steered_gates import SteeredGate
from tfprune.graph import Group, PruningGraph
from tfprune.graph.channels import CONSTANT, Ids
from tfprune.graph.step import BoundAxis


def closing_axes(
    graph: PruningGraph,
    gates: Mapping[int, SteeredGate],
    steered: Sequence[SteeredGroup],
) -> list[BoundAxis]:
    """The axes of trained weights that become zero with steered channels.

    Those are the penalized ones and the locations of gates, and those that
    read channels: once they read nothing, the channel is dead whatever else
    it holds. Where what reads channels is frozen, all that makes them is with
    them, lest a shift stays that nothing can absorb.

    Args:
        graph: The traced model.
        gates: Its gates by the `id` of their locations.
        steered: The groups of channels, and what closes them.
    """
    trained = {id(x) for x in graph.model.trainable_variables}
    closing = closing_variables(steered)
    groups = [one.group for one in steered]
    labels = _labels(groups)
    read = _labels(
        one.group
        for one in steered
        if frozen_readers(one.group, trained)
        and id(one.parts[0].axis.variable) not in gates
    )
    found = []
    for axis in graph.axes:
        key = id(axis.variable)
        own = graph.labels[axis.ids[axis.ids != CONSTANT]]
        whole = axis.role == "in" or key in closing
        if key in trained and np.isin(own, labels if whole else read).any():
            found.append(axis)
    return found


def closing_variables(steered: Sequence[SteeredGroup]) -> set[int]:
    """The `id` of each variable whose penalty or gate closes channels."""
    return {id(part.axis.variable) for one in steered for part in one.parts}


def frozen_readers(group: Group, trained: set[int]) -> tuple[str, ...]:
    """The layers that read channels by weights which do not train.

    Args:
        group: The channels.
        trained: The variables, by `id`, that train.
    """
    return tuple(
        dict.fromkeys(
            x.axis.layer
            for x in group.slices
            if x.axis.role == "in" and id(x.axis.variable) not in trained
        )
    )


def _labels(groups: Iterable[Group]) -> Ids:
    return np.concatenate([np.zeros(0, int), *(x.labels for x in groups)])
