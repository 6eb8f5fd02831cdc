"""Tells the optimizer which channels must stay and which must go."""

from typing import Any

import keras
import numpy as np

from tfprune.callbacks.closing_axes import closing_axes, closing_variables
from tfprune.callbacks.live_channels import LiveChannels
from tfprune.graph.channels import Mask
from tfprune.graph.step import BoundAxis
from tfprune.optimizers import Proximal
from tfprune.optimizers.limits import DROPPED, FREE, KEPT, held


class ChannelLimits:
    """The limits of all variables that become zero with steered channels.

    The proximal step may not make the penalized ones among them zero where a
    channel has to stay.

    Args:
        channels: The channels that are steered.
        optimizer: What applies the limits; it has to be built.
    """

    def __init__(self, channels: LiveChannels, optimizer: Proximal) -> None:
        self._graph = channels.graph
        self._gates = channels.gates
        self._closing = closing_variables(channels.steered)
        self._axes: dict[int, dict[int, BoundAxis]] = {}
        self._variables: dict[int, Any] = {}
        for axis in closing_axes(self._graph, self._gates, channels.steered):
            key = id(axis.variable)
            self._axes.setdefault(key, {})[axis.axis] = axis
            self._variables[key] = axis.variable
        self._limits = {
            key: optimizer.limit(variable, self._shape(key))
            for key, variable in self._variables.items()
        }
        self._descents = {
            key: optimizer.descent(self._variables[key])
            for key in self._gates
            if key in self._limits
        }

    def start(self) -> None:
        """Lets gates descend, whatever a file has said of it."""
        for key, descent in self._descents.items():
            gate = self._gates[key]
            descent.assign([gate.push, gate.lowest, gate.opened])

    def _shape(self, key: int) -> list[int]:
        """The length of a variable along its limited axes, 1 along others."""
        return [
            size if axis in self._axes[key] else 1
            for axis, size in enumerate(self._variables[key].shape)
        ]

    @property
    def dropped(self) -> bool:
        """Whether channels have been dropped."""
        return any((x == DROPPED).any() for x in self._read().values())

    def keep(self, keep: Mask, resting: Mask) -> None:
        """Lets the optimizer close only other channels than these.

        Args:
            keep: One bool for each class of ids.
            resting: The same for gates, which stay open that long.
        """
        for key, present in self._read().items():
            kept = KEPT if key in self._closing else FREE
            limit = np.full(present.shape, kept, "int8")
            gate = key in self._gates
            self._fill(key, limit, resting if gate else keep, FREE)
            limit[present == DROPPED] = DROPPED
            self._limits[key].assign(limit)

    def drop(self, keep: Mask) -> None:
        """Sets all channels but these to zero, now and after every update."""
        for key, present in self._read().items():
            kept = KEPT if key in self._gates else FREE
            limit = np.where(present == DROPPED, present, kept)
            self._fill(key, limit, keep, DROPPED)
            self._limits[key].assign(limit)
        self.enforce()

    def enforce(self) -> None:
        """Sets dropped channels to zero, and opens the gates of others."""
        for key, limit in self._read().items():
            variable, gate = self._variables[key], self._gates.get(key)
            weights = keras.ops.convert_to_numpy(variable)
            if gate is None:
                point = np.where(limit == DROPPED, 0, weights)
            else:
                point = held(weights, limit, gate.lowest, gate.opened)
            variable.assign(point)

    def _fill(self, key: int, limit: Any, keep: Mask, value: int) -> None:
        by_id = self._graph.keep_by_id(keep)
        for number, axis in self._axes[key].items():
            np.moveaxis(limit, number, 0)[~by_id[axis.ids]] = value

    def _read(self) -> dict[int, Any]:
        return {
            key: keras.ops.convert_to_numpy(limit)
            for key, limit in self._limits.items()
        }
