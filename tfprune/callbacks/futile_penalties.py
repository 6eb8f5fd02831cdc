"""Penalties and gates that cannot close what they pull at."""

from collections.abc import Mapping, Sequence

import numpy as np

from tfprune.callbacks.closing_axes import (
    closing_axes,
    closing_variables,
    frozen_readers,
)
from tfprune.callbacks.steered_channels import SteeredGroup, closes
from tfprune.callbacks.steered_gates import SteeredGate
from tfprune.callbacks.stripped import stripped
from tfprune.errors import InvalidInputError
from tfprune.graph import Group, PruningGraph, WeightSlice
from tfprune.surgery.constants import WorkingWeights


def check_penalties(
    graph: PruningGraph,
    gates: Mapping[int, SteeredGate],
    steered: Sequence[SteeredGroup],
) -> None:
    """Refuses penalties and gates that only harm, or contradict each other.

    Args:
        graph: The traced model.
        gates: Its gates by the `id` of their locations.
        steered: The channels that are closed by the others.

    Raises:
        InvalidInputError: When one pulls at frozen channels, or at a part of
            what channels are made of, or does not train; when channels have
            both a gate and a penalty, or could not be removed once closed.
            The message says where, and what can be done.
    """
    numbers = {one.group.number for one in steered}
    closing = closing_variables(steered)
    trained = {id(x) for x in graph.model.trainable_variables}
    pulling: dict[int, list[tuple[Group, WeightSlice]]] = {}
    for group in graph.groups():
        found = {}
        for part in group.slices:
            key = id(part.axis.variable)
            if key in gates or closes(part):
                if key not in trained:
                    refuse_untrained(group, part)
                pulling.setdefault(key, []).append((group, part))
                # What reads these channels may close those that it makes.
                if part.axis.role == "out" or key not in closing:
                    found[key in gates] = name_of(part)
        if len(found) > 1:
            raise InvalidInputError(
                f"The channels of '{group.name}' have both {found[True]} and "
                f"{found[False]}, where either would do: each holds the other "
                "back. Keep one of them."
            )
    for pairs in pulling.values():
        if not any(group.number in numbers for group, _ in pairs):
            refuse(*pairs[0])
    check_removable(graph, gates, steered)


def check_removable(
    graph: PruningGraph,
    gates: Mapping[int, SteeredGate],
    steered: Sequence[SteeredGroup],
) -> None:
    """Refuses to close channels that would have to stay all the same.

    It is tried on a copy of the weights: all channels but one of each group
    are closed.

    Args:
        graph: The traced model.
        gates: Its gates by the `id` of their locations.
        steered: The channels, and what closes them.

    Raises:
        InvalidInputError: When closed channels could not be removed.
    """
    keep = np.ones(int(graph.labels.max(initial=-1)) + 1, bool)
    for one in steered:
        keep[one.group.labels[1:]] = False
    by_id = graph.keep_by_id(keep)
    weights = WorkingWeights(graph)
    for axis in closing_axes(graph, gates, steered):
        gate = gates.get(id(axis.variable))
        array = np.moveaxis(weights[id(axis.variable)], axis.axis, 0)
        array[~by_id[axis.ids]] = gate.lowest if gate else 0.0
    left = stripped(graph, weights)
    trained = {id(x) for x in graph.model.trainable_variables}
    for one in steered:
        if left[one.group.labels[1:]].any():
            frozen = frozen_readers(one.group, trained)
            why = f"does not train ({', '.join(frozen)})" if frozen else "stays"
            raise InvalidInputError(
                f"The channels of '{one.group.name}' have "
                f"{name_of(one.parts[0])}, but could not be removed once "
                f"closed: they keep a shift, and what reads them {why}. Let "
                "it train, or take the penalty or gate off."
            )


def refuse(group: Group, part: WeightSlice) -> None:
    """Tells why a penalty or a gate closes no channel.

    Args:
        group: The channels that it pulls at.
        part: Where.

    Raises:
        InvalidInputError: With the reason.
    """
    what = f"The channels of '{group.name}' have {name_of(part)}"
    if group.frozen:
        raise InvalidInputError(
            f"{what}, but must stay: they are frozen by {group.frozen[0]}. "
            "Take it off."
        )
    raise InvalidInputError(
        f"{what}, which cannot close them alone: not all that makes them, or "
        f"that reads them, has one ({', '.join(group.layers)}). Take it off, "
        "or use tfprune.penalize_groups or tfprune.insert_gates, which reach "
        "all of it."
    )


def refuse_untrained(group: Group, part: WeightSlice) -> None:
    """Tells that a penalty or a gate moves nothing.

    Args:
        group: The channels that it is meant for.
        part: Where.

    Raises:
        InvalidInputError: In any case.
    """
    raise InvalidInputError(
        f"The channels of '{group.name}' have {name_of(part)}, which cannot "
        f"close them: '{part.axis.layer}' does not train. Set its trainable "
        "to True, or take it off."
    )


def name_of(part: WeightSlice) -> str:
    """What pulls at channels, for messages."""
    axis = part.axis
    if axis.weight == "location":
        return f"the gate '{axis.layer}'"
    return f"a penalty on '{axis.weight}' of '{axis.layer}'"
