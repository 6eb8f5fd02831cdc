"""Penalties and gates that cannot close what they pull at."""

from tfprune.callbacks.live_channels import LiveChannels
from tfprune.callbacks.steered_channels import closes
from tfprune.errors import InvalidInputError
from tfprune.graph import Group, WeightSlice


def check_penalties(channels: LiveChannels) -> None:
    """Refuses penalties and gates that only harm, or contradict each other.

    Args:
        channels: The channels that are closed by the others.

    Raises:
        InvalidInputError: When one pulls at frozen channels, or at a part of
            what channels are made of; when channels have both a gate and a
            penalty. The message says where, and what can be done.
    """
    steered = {one.group.number for one in channels.steered}
    pulling: dict[int, list[tuple[Group, WeightSlice]]] = {}
    for group in channels.graph.groups():
        found = {}
        for part in group.slices:
            key = id(part.axis.variable)
            if key in channels.gates or closes(part):
                pulling.setdefault(key, []).append((group, part))
                if part.axis.role == "out":
                    found[key in channels.gates] = name_of(part)
        if len(found) > 1:
            raise InvalidInputError(
                f"The channels of '{group.name}' have both {found[True]} and "
                f"{found[False]}, where either would do: each holds the other "
                "back. Keep one of them."
            )
    for pairs in pulling.values():
        if not any(group.number in steered for group, _ in pairs):
            refuse(*pairs[0])


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


def name_of(part: WeightSlice) -> str:
    """What pulls at channels, for messages."""
    axis = part.axis
    if axis.weight == "location":
        return f"the gate '{axis.layer}'"
    return f"a penalty on '{axis.weight}' of '{axis.layer}'"
