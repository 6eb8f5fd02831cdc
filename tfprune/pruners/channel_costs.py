"""What the channels of each group cost, as penalties weigh them."""

from tfprune.errors import InvalidInputError
from tfprune.graph import Group, PruningGraph
from tfprune.profiling import macs, parameters, savings

COSTS = {"macs": macs, "parameters": parameters}


def channel_costs(
    graph: PruningGraph, cost: str | None
) -> list[tuple[Group, int]]:
    """Returns each prunable group with the cost of one of its channels.

    Args:
        graph: The traced model.
        cost: `"macs"` or `"parameters"`, consumers included; None for 1.

    Raises:
        InvalidInputError: When `cost` is none of them.
    """
    if cost is None:
        return [(group, 1) for group in graph.groups() if group.prunable]
    if cost not in COSTS:
        raise InvalidInputError(
            f"Expected cost to be one of {', '.join(COSTS)} or None. "
            f"Received: cost={cost!r}."
        )
    return savings(graph, COSTS[cost](graph))
