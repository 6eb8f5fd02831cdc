"""Which channels training has left alive, and what they cost."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from keras import ops
from numpy.typing import NDArray

from tfprune.allocation import Budget, Candidates, Floor, allocate
from tfprune.allocation.budget import COSTS
from tfprune.allocation.rounding import Rounding
from tfprune.callbacks.futile_penalties import check_penalties
from tfprune.callbacks.steered_channels import Snapshot, steered_groups
from tfprune.callbacks.steered_gates import steered_gates
from tfprune.errors import InvalidInputError, TfpruneError
from tfprune.graph import PruningGraph, WeightSlice
from tfprune.graph.channels import Mask
from tfprune.optimizers import Proximal
from tfprune.profiling import total
from tfprune.regularizers import Penalty

Floats = NDArray[np.floating]


class LiveChannels:
    """The channels of a model that penalties and gates close.

    Args:
        graph: The traced model.
        unit: What a share is counted in: `"sparsity"`, which counts channels,
            or a key of `tfprune.allocation.budget.COSTS`.
        floor: What every layer keeps.

    Attributes:
        graph: The traced model.
        gates: Its gates by the `id` of their locations.
        steered: The groups of channels, and what closes them.
        count: Number of the channels.

    Raises:
        InvalidInputError: When there is no such channel. Where a penalty or a
            gate is there all the same, the message says why it closes none.
    """

    def __init__(
        self, graph: PruningGraph, unit: str, floor: Floor | None = None
    ) -> None:
        self.graph = graph
        self.unit = unit
        self.gates = steered_gates(graph)
        self.steered = steered_groups(graph, self.gates)
        if not self.steered:
            check_penalties(graph, self.gates, self.steered)
            raise InvalidInputError(
                f"Model '{graph.model.name}' has no penalty or gate that "
                "closes channels one by one. Add some, for example by "
                "tfprune.penalize_scales(model, strength=1.0)."
            )
        groups = [x.group for x in self.steered]
        *self._bounds, self.count = np.cumsum(
            [x.width for x in groups]
        ).tolist()
        none = np.zeros(0, int)
        self._candidates = Candidates(
            graph, groups, [], none, Rounding(graph, groups, floor or Floor())
        )
        self._cost = COSTS[unit](graph) if unit in COSTS else None
        self._classes = int(graph.labels.max(initial=-1)) + 1
        self._whole = 1.0
        self._whole = self.share(np.ones(self._classes, bool))

    @property
    def gated(self) -> list[bool]:
        """Whether gates close the channels of each group."""
        return [
            id(x.parts[0].axis.variable) in self.gates for x in self.steered
        ]

    def travel(self, epoch: int) -> list[Floats]:
        """How far each channel of each group is from closing.

        It is told in steps under penalties of a scale and a factor of 1.

        Args:
            epoch: The epoch that it is asked for, from 0 on.

        Returns:
            Arrays of shape `(width,)`: 0 for channels that are closed.

        Raises:
            TfpruneError: When a weight is not a number any more.
        """
        snapshot = Snapshot(self.gates)
        found = [
            np.max([snapshot.travel(x) for x in one.parts], axis=0)
            for one in self.steered
        ]
        for one, travel in zip(self.steered, found, strict=True):
            if np.isnan(travel).any():
                raise TfpruneError(
                    f"The weights of '{one.parts[0].axis.layer}' hold NaN in "
                    f"epoch {epoch + 1}: training has diverged. Start again "
                    "with a lower learning rate."
                )
        return found

    def factors(self, optimizer: Proximal) -> list[float]:
        """What multiplies the penalty of each group, beside the scale of all.

        Args:
            optimizer: What applies the penalties.
        """
        found = []
        for one in self.steered:
            factor = optimizer.factor_of(one.parts[0].axis.variable)
            number = 1.0 if factor is None else ops.convert_to_numpy(factor)
            found.append(float(number))
        return found

    def sizes(self) -> list[Floats]:
        """How large each channel of each group is.

        Returns:
            Arrays of shape `(width,)`: the norm of the penalized weights; what
            a gate multiplies the channel by where it has one.
        """
        return [
            np.min([self._sizes(x) for x in one.parts], axis=0)
            for one in self.steered
        ]

    def _sizes(self, part: WeightSlice) -> Floats:
        gate = self.gates.get(id(part.axis.variable))
        if gate is not None:
            return part.total(gate.gate.values()[part.positions])
        return np.sqrt(part.total((part.values**2).sum(axis=1)))

    def penalty(self) -> float:
        """The sum of the penalties of all trained weights."""
        return sum(
            float(ops.convert_to_numpy(x.regularizer(x)))
            for x in self.graph.model.trainable_variables
            if isinstance(getattr(x, "regularizer", None), Penalty)
        )

    def check(self) -> None:
        """Refuses penalties and gates that close nothing.

        Raises:
            InvalidInputError: With the reason.
        """
        check_penalties(self.graph, self.gates, self.steered)

    def alive(self, travel: Sequence[Floats]) -> Mask:
        """One bool for each class of ids: whether it is not closed."""
        alive = np.ones(self._classes, bool)
        for one, distance in zip(self.steered, travel, strict=True):
            alive[one.group.labels[distance == 0]] = False
        return alive

    def left(self, travel: Sequence[Floats]) -> Mask:
        """As `alive`, but with a channel of each group: none is left empty."""
        left = self.alive(travel)
        for one in self.steered:
            left[one.group.labels[0]] |= not left[one.group.labels].any()
        return left

    def share(self, keep: Mask) -> float:
        """The part of the model that some channels leave.

        Args:
            keep: One bool for each class of ids.
        """
        if self._cost is None:
            count = sum(keep[x.group.labels].sum() for x in self.steered)
            return float(count) / self._whole
        return total(self._cost, self.graph.keep_by_id(keep)) / self._whole

    def chosen(self, keys: Sequence[Floats], share: float) -> Mask:
        """The channels with the highest keys that a share has room for.

        Args:
            keys: One number for each channel of each group.
            share: What they may cost, as a part of the model.

        Returns:
            One bool for each class of ids.

        Raises:
            InvalidInputError: When the floors alone cost more.
        """
        candidates = self._ordered(keys)
        left = 1.0 - share if self._cost is None else share
        widths = allocate(candidates, Budget(self.unit, left)).widths
        return candidates.keep(widths)

    def fewest(self, keys: Sequence[Floats]) -> Mask:
        """As `chosen`, when every layer is at its floor."""
        candidates = self._ordered(keys)
        return candidates.keep(candidates.widths(self.count))

    def _ordered(self, keys: Sequence[Floats]) -> Candidates:
        order = np.argsort(np.concatenate(keys), kind="stable")
        owner = np.repeat(np.arange(len(keys)), [len(x) for x in keys])
        return replace(
            self._candidates,
            ranking=[np.argsort(-x, kind="stable") for x in keys],
            order=owner[order],
        )

    def flat(self, keep: Mask) -> Mask:
        """The entries of a mask for all channels, group after group."""
        return np.concatenate([keep[x.group.labels] for x in self.steered])

    def split(self, flat: Floats) -> list[Floats]:
        """Takes numbers for all channels apart into groups."""
        return np.split(flat, self._bounds)
