"""The part of each weight axis that a group of channels owns."""

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray

from tfprune.graph.channels import CONSTANT, Ids
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


class Deal:
    """The positions of weight axes, dealt out to groups.

    Where much is concatenated there are far more slices than axes: every
    layer reads every group before it. So the slices of a group are made when
    they are asked for.

    Args:
        axes: The weight axes, each once.
        labels: The class of each id.
        groups: The classes of each group.
    """

    def __init__(
        self, axes: Sequence[BoundAxis], labels: Ids, groups: Sequence[Ids]
    ) -> None:
        self._axes = axes
        self._widths = [len(group) for group in groups]
        count = int(labels.max(initial=-1)) + 1
        owner = np.full(count + 1, -1)
        channel = np.zeros(count + 1, np.int64)
        for number, group in enumerate(groups):
            owner[group] = number
            channel[group] = np.arange(len(group))
        self._positions: list[Ids] = []
        self._channels: list[Ids] = []
        runs = [np.zeros((4, 0), np.int64)]
        for number, axis in enumerate(axes):
            # The last entry of `owner` stands for constants.
            classes = np.where(axis.ids == CONSTANT, count, labels[axis.ids])
            order = np.argsort(owner[classes], kind="stable")
            self._positions.append(order)
            self._channels.append(channel[classes[order]])
            owners = owner[classes[order]]
            starts = np.flatnonzero(np.diff(owners, prepend=-2))
            stops = np.append(starts[1:], len(owners))
            place = np.full(len(starts), number)
            runs.append(np.stack([owners[starts], place, starts, stops]))
        table = np.concatenate(runs, axis=1)
        table = table[:, np.argsort(table[0], kind="stable")]
        bounds = np.searchsorted(table[0], np.arange(len(groups) + 1))
        self._runs = np.split(table[1:], bounds, axis=1)[1:-1]

    def slices(self, group: int) -> tuple[WeightSlice, ...]:
        """What a group owns, in the order of the axes.

        Args:
            group: Its number.
        """
        width = self._widths[group]
        return tuple(
            WeightSlice(
                self._axes[axis],
                self._positions[axis][start:stop],
                self._channels[axis][start:stop],
                width,
            )
            for axis, start, stop in self._runs[group].T.tolist()
        )
