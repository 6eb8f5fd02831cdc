"""What is to close the channels of a group already."""

from collections.abc import Callable
from typing import Any

from tfprune.errors import InvalidInputError
from tfprune.gates import Gate
from tfprune.graph import Group
from tfprune.graph.step import BoundAxis
from tfprune.regularizers import Penalty


def check_unclosed(
    group: Group, own: Callable[[BoundAxis, Any], bool] | None = None
) -> None:
    """Refuses channels that something else is to close.

    Args:
        group: The channels.
        own: Whether a penalty on a weight is one that will be replaced.

    Raises:
        InvalidInputError: When they have a gate, or a penalty.
    """
    for part in group.slices:
        axis = part.axis
        found = closer_of(axis.variable)
        if axis.role != "out" or found is None or (own and own(axis, found)):
            continue
        raise InvalidInputError(
            f"The channels of '{group.name}' have a {type(found).__name__} "
            f"on '{axis.weight}' of '{axis.layer}' already, and each would "
            "hold the other back. Keep one of them."
        )


def closer_of(variable: Any) -> Gate | Penalty | None:
    """The gate or the penalty that a variable carries, if any."""
    present = getattr(variable, "regularizer", None)
    # The regularizer of a gate is a method of it.
    owner = getattr(present, "__self__", present)
    return owner if isinstance(owner, Gate | Penalty) else None
