"""Sums of products: which ids each axis of the factors gets."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from tfprune.graph.binding import Role, UncoveredError, WeightAxis
from tfprune.graph.channels import CONSTANT, Channels, ChannelTensor, Ids
from tfprune.graph.operand import Operand

Labels: TypeAlias = tuple[str, ...]


@dataclass(frozen=True)
class Contraction:
    """A sum of products in labels, as `einsum` writes it.

    Attributes:
        factors: For each factor a label for each of its axes, the batch
            included.
        output: A label for each axis of the result.
    """

    factors: tuple[Labels, ...]
    output: Labels


@dataclass(frozen=True)
class Contracted:
    """The ids of a sum of products.

    Attributes:
        along: The ids along each label that has some.
        output: Ids of the result, of its full rank.
        axes: The axes of those factors that are weights or arrays.
        unread: Ids along the labels that are summed over and that no weight
            has, so that only products of activations read them; `CONSTANT`
            along those that have no channels.
        sizes: For each label but the batch its length, or the ids that count
            it.
        macs: For each factor that is a weight, how often each of its elements
            is multiplied for one example.
    """

    along: Mapping[str, Ids]
    output: Ids
    axes: tuple[WeightAxis, ...]
    unread: Mapping[str, Ids]
    sizes: Mapping[str, int | Ids]
    macs: Mapping[str, int]

    @property
    def products(self) -> tuple[tuple[int | Ids, ...], ...]:
        """What `Binding.products` says of factors of which none is a weight."""
        return () if self.macs else (tuple(self.sizes.values()),)

    @property
    def needed(self) -> tuple[Ids, ...]:
        """The ids that matter although no weight reads them."""
        return tuple(x for x in self.unread.values() if x[0] != CONSTANT)


def contract(
    contraction: Contraction,
    factors: Sequence[ChannelTensor],
    channels: Channels,
) -> Contracted:
    """Finds the ids along the axes of a sum of products.

    Factors that share a label are tied along it. What is left must be a full
    array again, so of several labels of the result that could lose channels
    only the last keeps its freedom.

    Args:
        contraction: The labels.
        factors: Activations, and `Operand`s for weights and arrays.
        channels: Where new ids come from.

    Raises:
        UncoveredError: When a factor is read along a diagonal, or examples
            are summed up.
    """
    labels = _Labels(contraction, factors)
    labels.check()
    along = labels.tied(channels)
    free = _free(labels, along, channels)
    if free and free not in along:
        along[free] = channels.new(labels.size(free))
    return Contracted(
        along=along,
        output=laid(contraction.output, along),
        axes=_axes(labels, along),
        unread=labels.unread(along),
        sizes={
            label: along.get(label, labels.size(label))
            for label in labels.inner()
        },
        macs=labels.macs(),
    )


def laid(labels: Labels, along: Mapping[str, Ids]) -> Ids:
    """The ids of a tensor with these labels, one of which may have some."""
    shape = [len(along[x]) if x in along else 1 for x in labels]
    found = [along[x] for x in labels if x in along]
    ids = found[0] if found else np.array([CONSTANT])
    return ids.reshape(shape)


class _Labels:
    """The labels of a contraction together with its factors."""

    def __init__(
        self, contraction: Contraction, factors: Sequence[ChannelTensor]
    ) -> None:
        self.output = contraction.output
        self.rows = list(zip(contraction.factors, factors, strict=True))

    def places(
        self, label: str, kind: Callable[[ChannelTensor], bool]
    ) -> list[tuple[ChannelTensor, int]]:
        """The factors of a kind that have a label, and on which axis."""
        return [
            (factor, row.index(label))
            for row, factor in self.rows
            if label in row and kind(factor)
        ]

    def size(self, label: str) -> int:
        """The length of a label's axes; 1 where it is not known."""
        places = self.places(label, lambda _: True)
        return max(factor.full_shape[axis] or 1 for factor, axis in places)

    def check(self) -> None:
        for row, factor in self.rows:
            if len(set(row)) < len(row):
                raise UncoveredError("reads a diagonal of its input")
            batch = bool(row) and factor.full_shape[0] is None
            if batch and row[0] not in self.output:
                raise UncoveredError("sums over the batch")

    def tied(self, channels: Channels) -> dict[str, Ids]:
        """The ids of the activations by label, tied between factors.

        An activation of length 1 is spread over the others; one that has no
        channels along a label that others have channels along freezes them.
        """
        along: dict[str, Ids] = {}
        for row, factor in self.rows:
            ids = factor.full_ids
            if ids.size == 1:
                channels.freeze(ids, "is multiplied with all of another input")
            for axis, label in enumerate(row):
                if ids.shape[axis] > 1:
                    found = along.setdefault(label, ids.ravel())
                    channels.tie(found, ids.ravel())
        for label in list(along):
            places = self.places(label, is_activation)
            if any(
                x.full_ids.shape[axis] == 1 and x.full_shape[axis] != 1
                for x, axis in places
            ):
                channels.freeze(
                    along.pop(label),
                    "is multiplied with an axis that has no channels",
                )
        return along

    def made(self, label: str) -> bool:
        """Whether the positions of a label are units that weights make."""
        return (
            not self.places(label, is_activation)
            and any(x.is_weight for x, _ in self.operands(label))
            and self.size(label) > 1
        )

    def operands(self, label: str) -> list[tuple[Operand, int]]:
        """The weights and arrays that have a label, and on which axis."""
        return [
            (factor, row.index(label))
            for row, factor in self.rows
            if label in row and isinstance(factor, Operand)
        ]

    def unread(self, along: Mapping[str, Ids]) -> dict[str, Ids]:
        """See `Contracted`."""
        found = {}
        for label in dict.fromkeys(x for row, _ in self.rows for x in row):
            ids = along.get(label, np.full(self.size(label), CONSTANT))
            read = any(
                factor.full_shape[axis] == len(ids)
                for factor, axis in self.operands(label)
            )
            if label not in self.output and not read:
                found[label] = ids
        return found

    def inner(self) -> list[str]:
        """All labels but those of the batch."""
        batch = {
            row[0] for row, factor in self.rows if row and is_activation(factor)
        }
        every = dict.fromkeys(label for row, _ in self.rows for label in row)
        return [label for label in every if label not in batch]

    def macs(self) -> dict[str, int]:
        """See `Contracted`."""
        return {
            factor.name: math.prod(
                self.size(label) for label in self.inner() if label not in row
            )
            for row, factor in self.rows
            if isinstance(factor, Operand) and factor.is_weight
        }


def is_activation(factor: ChannelTensor) -> bool:
    """Whether a factor is neither a weight nor an array."""
    return not isinstance(factor, Operand)


def _free(labels: _Labels, along: dict[str, Ids], channels: Channels) -> str:
    """The label of the result that may lose channels; the others may not."""
    open_labels = [x for x in labels.output if x in along or labels.made(x)]
    for label in open_labels[:-1]:
        if label in along:
            channels.freeze(
                along.pop(label),
                "the result has channels along another axis, too",
            )
    return open_labels[-1] if open_labels else ""


def _axes(labels: _Labels, along: Mapping[str, Ids]) -> tuple[WeightAxis, ...]:
    axes = []
    for row, factor in labels.rows:
        if not isinstance(factor, Operand):
            continue
        for axis, label in enumerate(row):
            size = factor.full_shape[axis] or 1
            ids = along.get(label)
            if ids is None or size != len(ids):
                if not factor.is_weight:
                    continue
                # Said of each axis, so that another use of the same weight
                # cannot remove what this one needs.
                ids = np.full(size, CONSTANT)
            role: Role = "out" if label in labels.output else "in"
            axes.append(WeightAxis(factor.name, axis, ids, role))
    return tuple(axes)
