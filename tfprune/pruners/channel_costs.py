"""What the channels of each group cost, as penalties weigh them."""

from tfprune.errors import InvalidInputError
from tfprune.graph import Group, PruningGraph
from tfprune.graph.channels import Mask
from tfprune.profiling import channel_memory, macs, parameters, savings

COSTS = {
    "memory": channel_memory,
    "macs": lambda graph, keep: savings(graph, macs(graph), keep),
    "parameters": lambda graph, keep: savings(graph, parameters(graph), keep),
}


def channel_costs(
    graph: PruningGraph, cost: str | None, keep: Mask | None = None
) -> list[tuple[Group, int]]:
    """Returns each prunable group with the cost of one of its channels.

    Args:
        graph: The traced model.
        cost: `"macs"`, `"parameters"` or `"memory"`, consumers included; None
            for 1.
        keep: The channels that are left of the model, one bool for each class
            of ids; all when None.

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
    return COSTS[cost](graph, keep)
