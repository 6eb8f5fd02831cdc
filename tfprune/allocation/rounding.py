"""From the widths that are wanted to widths that layers may have."""

from collections.abc import Sequence
from math import gcd

import numpy as np

from tfprune.allocation.floor import Floor
from tfprune.allocation.length import Length, lengths_of
from tfprune.graph import Group, PruningGraph
from tfprune.graph.channels import Ids


class Rounding:
    """Rounds the widths of groups up, so that the layers' widths fit a floor.

    Args:
        graph: The traced model.
        groups: The groups that may lose channels.
        floor: What layers keep.
    """

    def __init__(
        self, graph: PruningGraph, groups: Sequence[Group], floor: Floor
    ) -> None:
        lengths = lengths_of(graph, groups, floor.round_to)
        self._floor = floor
        self._full = [group.width for group in groups]
        self._next = [
            self._table(index, [x for x in lengths if is_of(x, index)])
            for index in range(len(groups))
        ]
        bound = {i for x in lengths if x.alone for i in x.counts}
        self._joint = [
            (x, not bound & set(x.counts))
            for x in sorted(
                (x for x in lengths if not x.alone),
                key=lambda x: x.inside is not None,
            )
        ]

    def kept(self, wanted: Sequence[int]) -> list[int]:
        """The widths to keep when others are asked for.

        Args:
            wanted: A width for each group.

        Returns:
            Widths that are at least as large.
        """
        widths = [
            int(table[min(width, full)])
            for table, width, full in zip(
                self._next, wanted, self._full, strict=True
            )
        ]
        changed = bool(self._joint)
        while changed:
            before = list(widths)
            for length, free in self._joint:
                self._raise(length, free, widths)
            changed = widths != before
        return widths

    def _table(self, index: int, lengths: Sequence[Length]) -> Ids:
        """For each width of a group the next that its layers may have."""
        full = self._full[index]
        table = np.full(full + 1, full)
        widths = [0] * len(self._full)
        for width in range(full - 1, -1, -1):
            widths[index] = width
            fits = width > 0 and all(
                self._floor.allows(x.of(widths), x.blocks) for x in lengths
            )
            table[width] = width if fits else table[width + 1]
        return table

    def _options(self, index: int, width: int, most: int) -> list[int]:
        """The next widths that a group may have, the present one first."""
        found = [width]
        while found[-1] < self._full[index] and len(found) < most:
            found.append(int(self._next[index][found[-1] + 1]))
        return found

    def _raise(self, length: Length, free: bool, widths: list[int]) -> None:
        """Widens groups until a length that depends on several fits."""
        if self._floor.allows(length.of(widths), length.blocks):
            return
        found = self._least(length, widths)
        if found is not None:
            for index, width in found.items():
                widths[index] = width
        elif free:
            # As of a single group: what cannot be rounded stays whole.
            for index in length.counts:
                widths[index] = self._full[index]

    def _least(
        self, length: Length, widths: Sequence[int]
    ) -> dict[int, int] | None:
        """The fewest channels more that make a length fit, by group.

        Lengths count by their rest of a division by the step, and beyond the
        least number of channels no further.
        """
        unit = length.unit(widths)
        step = self._floor.round_to // gcd(self._floor.round_to, unit)
        least = -(-self._floor.min_channels // (unit * length.blocks))
        ceiling = -(-least // step) * step

        def state(count: int) -> int:
            if count < ceiling + step:
                return count
            return ceiling + count % step

        best: dict[int, tuple[int, dict[int, int]]] = {
            state(length.fixed): (0, {})
        }
        for index, count in length.counts.items():
            following: dict[int, tuple[int, dict[int, int]]] = {}
            for reached, (cost, chosen) in best.items():
                for width in self._options(
                    index, widths[index], ceiling + step + 1
                ):
                    new = state(reached + count * width)
                    price = cost + count * (width - widths[index])
                    if new not in following or price < following[new][0]:
                        following[new] = (price, {**chosen, index: width})
            best = following
        fitting = [
            (cost, chosen)
            for reached, (cost, chosen) in best.items()
            if reached >= least and reached % step == 0
        ]
        if not fitting:
            return None
        return min(fitting, key=lambda found: found[0])[1]


def is_of(length: Length, index: int) -> bool:
    """Whether a length depends on one group only."""
    return length.alone and index in length.counts
