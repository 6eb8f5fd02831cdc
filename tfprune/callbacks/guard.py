"""Whether gates stand in front of all that reads channels."""

import numpy as np

from tfprune.graph import ChannelTensor, Group, PruningGraph
from tfprune.graph.channels import CONSTANT, Ids
from tfprune.graph.step import Step


class Guard:
    """Follows channels from what reads them back to gates.

    A gate closes channels where nothing reads them but through it. One that
    channels share which a residual connection adds up has several calls.

    Args:
        graph: The traced model.
        gates: Its gates, by `id`.
    """

    def __init__(self, graph: PruningGraph, gates: set[int]) -> None:
        self._graph = graph
        self._gates = gates
        self._makers = {
            x.key: step for step in graph.steps for x in step.outputs
        }

    def covers(self, group: Group) -> bool:
        """Whether closed gates keep all readers from a group's channels."""
        known: dict[int, bool] = {}
        return all(
            self._gated(tensor, group.labels, known)
            for step in self._graph.steps
            if self._sums(step, group.labels)
            for tensor in step.inputs
        )

    def _gated(
        self, tensor: ChannelTensor, labels: Ids, known: dict[int, bool]
    ) -> bool:
        """Whether what a tensor holds of some channels has passed a gate."""
        if not self._has(tensor.ids, labels):
            return True
        if tensor.key not in known:
            step = self._makers.get(tensor.key)
            if step is None or self._sums(step):
                known[tensor.key] = False
            elif id(step.operation) in self._gates:
                known[tensor.key] = True
            else:
                before = [x for x in step.inputs if self._has(x.ids, labels)]
                known[tensor.key] = bool(before) and all(
                    self._gated(x, labels, known) for x in before
                )
        return known[tensor.key]

    def _sums(self, step: Step, labels: Ids | None = None) -> bool:
        """Whether a step sums over channels, over some if they are given."""
        return any(
            axis.role == "in"
            and (labels is None or self._has(axis.ids, labels))
            for axis in step.axes
        )

    def _has(self, ids: Ids, labels: Ids) -> bool:
        classes = self._graph.labels[ids[ids != CONSTANT]]
        return bool(np.isin(classes, labels).any())
