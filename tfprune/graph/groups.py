"""Channels that can only be removed together, with all the weights they own."""

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray

from tfprune.graph.channels import CONSTANT, Frozen, Ids, Producer
from tfprune.graph.step import BoundAxis


@dataclass(frozen=True, eq=False)
class WeightSlice:
    """The part of one weight axis that a group owns.

    Attributes:
        axis: The weight axis.
        positions: Indices along the axis, shape `(positions,)`.
        channels: For each of them the group's channel it belongs to.
        width: Number of channels in the group.
    """

    axis: BoundAxis
    positions: Ids
    channels: Ids
    width: int

    @property
    def values(self) -> NDArray[np.floating]:
        """The weights, shape `(positions, weights at each position)`."""
        array = keras.ops.convert_to_numpy(self.axis.variable)
        moved = np.moveaxis(array, self.axis.axis, 0)[self.positions]
        return moved.reshape(len(self.positions), -1).astype(np.float64)

    def total(self, scores: NDArray[np.floating]) -> NDArray[np.floating]:
        """Sums one score a position into one a channel, shape `(width,)`."""
        return np.bincount(
            self.channels, scores.astype(np.float64), minlength=self.width
        ).astype(np.float64)


@dataclass(frozen=True, eq=False)
class Group:
    """Channels that occur in the same weight axes.

    Each channel of the group is a class of tied ids: one filter of every
    producer that a residual connection adds up, say.

    Attributes:
        name: The layer that first produces the channels, with the name of the
            run where the layer has several: `"attention.heads"`.
        labels: The classes, shape `(width,)`.
        slices: Every weight axis that the channels occur in.
        frozen: Why the group may not be pruned; empty when it may.
    """

    name: str
    labels: Ids
    slices: tuple[WeightSlice, ...]
    frozen: tuple[Frozen, ...]

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
    slices = _slices(distinct, labels, chosen)
    names = _names(producers, labels, len(produced))
    return tuple(
        Group(
            name=names.get(int(group[0]), parts[0].axis.layer),
            labels=group,
            slices=tuple(parts),
            frozen=tuple(dict.fromkeys(reasons.get(int(group[0]), ()))),
        )
        for group, parts in zip(chosen, slices, strict=True)
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


def _slices(
    axes: Sequence[BoundAxis], labels: Ids, groups: Sequence[Ids]
) -> list[list[WeightSlice]]:
    """Deals the positions of every axis out to the groups they belong to."""
    count = int(labels.max(initial=-1)) + 1
    owner = np.full(count + 1, -1)
    channel = np.zeros(count + 1, np.int64)
    for number, group in enumerate(groups):
        owner[group] = number
        channel[group] = np.arange(len(group))
    slices: list[list[WeightSlice]] = [[] for _ in groups]
    for axis in axes:
        # The last entry of `owner` stands for constants.
        classes = np.where(axis.ids == CONSTANT, count, labels[axis.ids])
        owners = owner[classes]
        order = np.argsort(owners, kind="stable")
        numbers, starts = np.unique(owners[order], return_index=True)
        for number, positions in zip(
            numbers.tolist(), np.split(order, starts[1:]), strict=True
        ):
            if number >= 0:
                channels = channel[classes[positions]]
                slices[number].append(
                    WeightSlice(axis, positions, channels, len(groups[number]))
                )
    return slices
