"""The channels that may go, in the order in which they would."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tfprune.allocation.floor import Floor
from tfprune.allocation.rounding import Rounding
from tfprune.allocation.scope import Scope
from tfprune.graph import Group, PruningGraph
from tfprune.graph.channels import Mask


@dataclass(frozen=True, eq=False)
class Candidates:
    """The channels that may go, in the order in which they would.

    Attributes:
        graph: The traced model.
        groups: The groups that may lose channels.
        ranking: For each group, its channels from the last to go to the first.
        order: The index of the group that loses a channel next, repeatedly.
        rounding: What every layer keeps.
    """

    graph: PruningGraph
    groups: Sequence[Group]
    ranking: Sequence[NDArray[np.integer]]
    order: NDArray[np.integer]
    rounding: Rounding

    @classmethod
    def ranked(
        cls,
        graph: PruningGraph,
        scores: Sequence[tuple[Group, NDArray[np.floating]]],
        scope: Scope,
        floor: Floor,
    ) -> "Candidates":
        """Sorts all channels by the keys that a scope gives them."""
        groups = [group for group, _ in scores]
        keys = scope.keys([score for _, score in scores])
        flat = np.concatenate([np.asarray(x) for x in keys])
        owner = np.repeat(np.arange(len(groups)), [len(x) for x in keys])
        return cls(
            graph=graph,
            groups=groups,
            ranking=[np.argsort(-x, kind="stable") for x in keys],
            order=owner[np.argsort(flat, kind="stable")],
            rounding=Rounding(graph, groups, floor),
        )

    def wanted(self, removed: int) -> list[int]:
        """Channels left to each group once `removed` were asked to go."""
        gone = np.bincount(self.order[:removed], minlength=len(self.groups))
        return [
            group.width - int(count)
            for group, count in zip(self.groups, gone, strict=True)
        ]

    def widths(self, removed: int) -> list[int]:
        """The same, rounded up to what layers may keep."""
        return self.rounding.kept(self.wanted(removed))

    def keep(self, widths: Sequence[int]) -> Mask:
        """One bool for each class of ids."""
        count = int(self.graph.labels.max(initial=-1)) + 1
        keep = np.ones(count, bool)
        for group, ranking, width in zip(
            self.groups, self.ranking, widths, strict=True
        ):
            keep[group.labels[ranking[width:]]] = False
        return keep
