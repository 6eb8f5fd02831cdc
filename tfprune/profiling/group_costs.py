"""What the channels of each group cost, and why some must stay."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tfprune.graph import PruningGraph
from tfprune.profiling.cost import (
    Cost,
    bytes_in_memory,
    macs,
    parameters,
    total,
)
from tfprune.table import render_table


@dataclass(frozen=True)
class GroupCost:
    """What a model loses with one channel of a group.

    Attributes:
        group: Name of the group.
        channels: Its channels.
        parameters: Weights that go with one channel.
        macs: Multiply-accumulates for one example that go with it.
        bytes: Bytes of weights in memory that go with it.
        share: Part of the model's MACs that goes with all channels but one.
        frozen: Why the channels must stay; empty when they may go.
    """

    group: str
    channels: int
    parameters: int
    macs: int
    bytes: int
    share: float
    frozen: tuple[str, ...]


@dataclass(frozen=True)
class GroupCosts:
    """What the channels of a model cost, group by group.

    Attributes:
        model: Name of the model.
        groups: The groups, in the order of their first channel.
    """

    model: str
    groups: tuple[GroupCost, ...]

    @classmethod
    def of(cls, graph: PruningGraph) -> "GroupCosts":
        """Costs of a traced model's groups, those of frozen ones included."""
        costs = [parameters(graph), macs(graph), bytes_in_memory(graph)]
        everything = np.ones(graph.labels.size + 1, bool)
        whole = total(costs[1], everything) or 1
        found = []
        for group in graph.groups():
            one = group.labels[:1]
            weights, products, size = (lost(graph, x, one) for x in costs)
            found.append(
                GroupCost(
                    group=group.name,
                    channels=group.width,
                    parameters=weights,
                    macs=products,
                    bytes=size,
                    share=lost(graph, costs[1], group.labels[1:]) / whole,
                    frozen=tuple(map(str, group.frozen)),
                )
            )
        return cls(graph.model.name, tuple(found))

    def as_dict(self) -> dict[str, Any]:
        """The numbers as plain data."""
        return asdict(self)

    def __str__(self) -> str:
        table = render_table(
            f"What one channel costs in '{self.model}'",
            ["group", "channels", "parameters", "MACs", "bytes", "in all"],
            [
                (
                    x.group,
                    x.channels,
                    x.parameters,
                    x.macs,
                    x.bytes,
                    "frozen" if x.frozen else f"{x.share:.1%}",
                )
                for x in self.groups
            ],
        )
        return (
            f"{table}\nIn all: share of the model's MACs that goes with all "
            "channels of the group but one."
        )


def lost(graph: PruningGraph, cost: Cost, labels: np.ndarray) -> int:
    """What a cost falls by when classes of channels go."""
    keep = np.ones(int(graph.labels.max(initial=-1)) + 1, bool)
    whole = total(cost, graph.keep_by_id(keep))
    keep[labels] = False
    return whole - total(cost, graph.keep_by_id(keep))
