"""Which channels the outputs of a subgraph depend on."""

from collections.abc import Sequence

import numpy as np

from tfprune.export.channels.binding import Read
from tfprune.export.channels.trace import ChannelGraph
from tfprune.graph.channels import CONSTANT, Ids, Mask


def live_classes(graph: ChannelGraph, spared: Sequence[Mask]) -> Mask:
    """Finds the classes of channels that must stay.

    Marked are the frozen ones; then whatever a marked sum reads; then one
    channel of each tensor that would lose all.

    Args:
        graph: The channel graph.
        spared: For each of its reads, in order, the channels that it need not
            read.

    Returns:
        Bool array, one for each class.
    """
    return _Marking(graph, spared).run()


def reads_of(graph: ChannelGraph) -> list[Read]:
    """All sums over channels, in order."""
    return [read for step in graph.steps for read in step.binding.reads]


def shortened_producers(
    graph: ChannelGraph, live: Mask
) -> dict[str, tuple[int, int]]:
    """By name, the runs of channels that lose some: how many, how many stay."""
    kept = kept_ids(graph, live)
    carried = [value.ids.ravel() for value in graph.values.values()]
    known = np.unique(np.concatenate([np.zeros(0, np.int64), *carried]))
    found = {}
    for name, ids in graph.producers:
        # Else its operator was given up on after all.
        if np.isin(ids, known).any() and not kept[ids].all():
            found[name] = len(ids), int(kept[ids].sum())
    return found


def kept_ids(graph: ChannelGraph, live: Mask) -> Mask:
    """For each id whether it stays; the last entry stands for constants."""
    return np.append(live, True)[np.append(graph.labels, len(live))]


class _Marking:
    def __init__(self, graph: ChannelGraph, spared: Sequence[Mask]) -> None:
        self._graph = graph
        count = int(graph.labels.max(initial=-1)) + 1
        # The last entry stands for constants, which always stay.
        self._labels = np.append(graph.labels, count)
        self._live = np.zeros(count + 1, bool)
        self._live[count] = True
        self._reads = list(zip(reads_of(graph), spared, strict=True))

    def run(self) -> Mask:
        for ids, _ in self._graph.frozen:
            self._live[self._labels[ids]] = True
        self._spread()
        for value in self._graph.values.values():
            ids = value.ids.ravel()
            if not self._of(ids).any():
                self._live[self._labels[ids[:1]]] = True
                self._spread()
        return self._live[:-1]

    def _of(self, ids: Ids) -> Mask:
        return self._live[self._labels[ids]]

    def _spread(self) -> None:
        """Marks what marked sums read, until nothing is added."""
        before = -1
        while before != self._live.sum():
            before = int(self._live.sum())
            for read, spared in reversed(self._reads):
                rows = self._of(read.rows)
                wanted = ~spared & (read.ids != CONSTANT) & ~self._of(read.ids)
                if rows.any() and wanted.any():
                    weighs = read.weighs[np.ix_(rows, wanted)].any(axis=0)
                    found = read.ids[wanted][weighs]
                    self._live[self._labels[found]] = True
