"""How long the axes of kernels are, as functions of the groups' widths."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tfprune.graph import Group, PruningGraph
from tfprune.graph.channels import CONSTANT, Ids
from tfprune.graph.step import BoundAxis


@dataclass(frozen=True)
class Length:
    """The number of channels that a kernel produces in one go.

    Attributes:
        fixed: Channels that cannot go.
        counts: For the index of each group on the axis, how many channels of
            the layer one of its channels is.
        blocks: How many equal blocks the axis has: groups of a convolution,
            gates of a recurrent layer.
        inside: The next axis that the kernel produces: heads of attention
            count as often as they are wide.
    """

    fixed: int
    counts: Mapping[int, int]
    blocks: int = 1
    inside: "Length | None" = None

    def of(self, widths: Sequence[int]) -> int:
        """The length of a block.

        Args:
            widths: The number of channels that each group keeps.
        """
        own = self.fixed + sum(
            count * widths[index] for index, count in self.counts.items()
        )
        return own * self.unit(widths)

    def unit(self, widths: Sequence[int]) -> int:
        """How often each position of the axis counts."""
        if self.inside is None:
            return 1
        return self.inside.of(widths) * self.inside.blocks

    @property
    def alone(self) -> bool:
        """Whether nothing but the width of one group decides about it."""
        return len(self.counts) == 1 and (
            self.inside is None or not self.inside.varies
        )

    @property
    def varies(self) -> bool:
        """Whether it depends on any group."""
        return bool(self.counts) or bool(self.inside and self.inside.varies)


def lengths_of(
    graph: PruningGraph, groups: Sequence[Group], block: int
) -> list[Length]:
    """The lengths of all axes on which groups lie.

    Args:
        graph: The traced model.
        groups: The groups that may lose channels.
        block: Blocks that are narrower than this count as one.
    """
    owner = np.full(int(graph.labels.max(initial=-1)) + 2, -1)
    for index, group in enumerate(groups):
        owner[group.labels] = index
    produced: dict[int, dict[int, BoundAxis]] = {}
    for axis in graph.axes:
        if axis.role == "out":
            produced.setdefault(id(axis.variable), {})[axis.axis] = axis
    kernels: list[Length] = []
    others: list[Length] = []
    for axes in produced.values():
        rank = len(next(iter(axes.values())).variable.shape)
        found = kernels if rank > 1 else others
        found += _nested(axes, graph.labels, owner, block)
    covered = {index for length in kernels for index in length.counts}
    return kernels + [x for x in others if not covered & set(x.counts)]


def _nested(
    axes: Mapping[int, BoundAxis], labels: Ids, owner: Any, block: int
) -> Iterator[Length]:
    inside: Length | None = None
    for number in sorted(axes, reverse=True):
        ids = axes[number].ids
        # Index -1 of `owner` stands for constants.
        classes = np.where(ids == CONSTANT, CONSTANT, labels[ids])
        length = _length(classes, owner, block, inside)
        if length is None:
            return
        if length.counts:
            yield length
        inside = length


def _length(
    classes: Ids, owner: Any, block: int, inside: Length | None
) -> Length | None:
    """The length of one axis; None if it does not follow from widths."""
    blocks = period_of(classes)
    if len(classes) // blocks < block:
        blocks = 1
    classes = classes[: len(classes) // blocks]
    distinct, numbers = np.unique(classes, return_counts=True)
    counts: dict[int, int] = {}
    fixed = 0
    for index, number in zip(owner[distinct], numbers.tolist(), strict=True):
        if index < 0:
            fixed += number
        elif counts.setdefault(int(index), number) != number:
            return None
    return Length(fixed, counts, blocks, inside)


def period_of(classes: Ids) -> int:
    """How often an axis repeats the same channels in the same order."""
    most = int(np.count_nonzero(classes == classes[0]))
    for count in range(most, 1, -1):
        if len(classes) % count == 0:
            rows = classes.reshape(count, -1)
            if (rows == rows[0]).all():
                return count
    return 1
