"""Channels that can only be removed together, with all the weights they own."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from tfprune.graph.channels import CONSTANT, Frozen, Ids, Producer
from tfprune.graph.dealing import Deal, WeightSlice
from tfprune.graph.step import BoundAxis


@dataclass(frozen=True, eq=False)
class Group:
    """Channels that occur in the same weight axes.

    Each channel of the group is a class of tied ids: one filter of every
    producer that a residual connection adds up, say.

    Attributes:
        name: The layer that first produces the channels, with the name of the
            run where the layer has several: `"attention.heads"`.
        labels: The classes, shape `(width,)`.
        frozen: Why the group may not be pruned; empty when it may.
        number: Its place among the groups.
        deal: What the groups own.
    """

    name: str
    labels: Ids
    frozen: tuple[Frozen, ...]
    number: int = field(repr=False)
    deal: Deal = field(repr=False)

    @cached_property
    def slices(self) -> tuple[WeightSlice, ...]:
        """Every weight axis that the channels occur in."""
        return self.deal.slices(self.number)

    @property
    def width(self) -> int:
        """Number of channels."""
        return len(self.labels)

    @property
    def prunable(self) -> bool:
        """Whether channels may be removed."""
        return not self.frozen

    @property
    def layers(self) -> tuple[str, ...]:
        """Paths of all layers that the channels occur in."""
        return tuple(dict.fromkeys(x.axis.layer for x in self.slices))

    @property
    def producers(self) -> tuple[str, ...]:
        """Paths of the layers whose kernels produce the channels."""
        return tuple(
            dict.fromkeys(
                x.axis.layer
                for x in self.slices
                if x.axis.role == "out" and len(x.axis.variable.shape) > 1
            )
        )

    def __str__(self) -> str:
        lines = [f"Group '{self.name}': {self.width} channels"]
        for part in self.slices:
            shape = tuple(part.axis.variable.shape)
            lines.append(
                f"  {part.axis.role:>3}  {part.axis.layer}.{part.axis.weight} "
                f"{shape} axis {part.axis.axis}: "
                f"{len(part.positions)} positions"
            )
        lines += [f"  frozen by {reason}" for reason in self.frozen]
        return "\n".join(lines)


def build_groups(
    labels: Ids,
    producers: Sequence[Producer],
    axes: Sequence[BoundAxis],
    counted: Sequence[Ids],
    frozen: Sequence[tuple[Ids, Frozen]],
) -> tuple[Group, ...]:
    """Sorts classes of ids into groups that occur in the same places.

    Args:
        labels: The class of each id.
        producers: The runs of ids that the layers own.
        axes: All weight axes of the model.
        counted: Ids that a config entry counts; at least one must stay.
        frozen: Ids that may not be removed, with reasons.

    Returns:
        The groups, in the order of their first channel.
    """
    count = int(labels.max()) + 1 if labels.size else 0
    # Two classes occur in the same places when the sums of random tokens,
    # one a place, agree.
    tokens = np.random.default_rng(0)
    signature = np.zeros(count, np.uint64)
    produced = np.zeros(count, bool)
    reasons: dict[int, list[Frozen]] = {}

    def mark(ids: Ids) -> Ids:
        classes = np.unique(labels[ids[ids != CONSTANT]])
        signature[classes] ^= tokens.integers(1, 2**63, dtype=np.uint64)
        return classes

    distinct = once_each(axes)
    for axis in distinct:
        classes = mark(axis.ids)
        produced[classes] |= axis.role == "out"
    for ids in counted:
        mark(ids)
    for ids, reason in frozen:
        for label in mark(ids):
            reasons.setdefault(int(label), []).append(reason)

    members: dict[int, list[int]] = {}
    for label in np.flatnonzero(produced):
        members.setdefault(int(signature[label]), []).append(int(label))
    chosen = [np.array(group) for group in members.values()]
    deal = Deal(distinct, labels, chosen)
    names = _names(producers, labels, len(produced))
    return tuple(
        Group(
            name=(
                names[int(group[0])]
                if int(group[0]) in names
                else deal.slices(number)[0].axis.layer
            ),
            labels=group,
            frozen=tuple(dict.fromkeys(reasons.get(int(group[0]), ()))),
            number=number,
            deal=deal,
        )
        for number, group in enumerate(chosen)
    )


def once_each(axes: Sequence[BoundAxis]) -> list[BoundAxis]:
    """Every axis of every weight once, where it is written to if it is.

    A table that is looked up and multiplied with is both.
    """
    found: dict[tuple[int, int], BoundAxis] = {}
    for axis in axes:
        key = (id(axis.variable), axis.axis)
        if key not in found or axis.role == "out":
            found[key] = axis
    return list(found.values())


def _names(
    producers: Sequence[Producer], labels: Ids, count: int
) -> dict[int, str]:
    """For each class the first run of ids that it occurs in."""
    first = np.full(count, len(producers))
    for number, producer in reversed(list(enumerate(producers))):
        first[labels[producer.ids]] = number
    return {
        label: producers[number].name
        for label, number in enumerate(first.tolist())
        if number < len(producers)
    }
