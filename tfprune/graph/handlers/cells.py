"""The cells of recurrent layers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import layers

from tfprune.graph.binding import Size, UncoveredError, WeightAxis
from tfprune.graph.channels import Channels, Ids
from tfprune.graph.handlers.activation import activate

STATES = {layers.LSTMCell: 2, layers.GRUCell: 1, layers.SimpleRNNCell: 1}
"""How many states of its units a cell has."""
FLAT = (layers.LSTM, layers.GRU, layers.SimpleRNN)
"""Layers whose configs hold the entries of their one cell."""


@dataclass(frozen=True)
class Cell:
    """One cell of a recurrent layer.

    Attributes:
        units: Ids of its units.
        axes: Its weights' axes.
        sizes: The config entry that counts its units.
        kernels: The weights that multiply a time step.
    """

    units: Ids
    axes: tuple[WeightAxis, ...]
    sizes: Mapping[str, Size]
    kernels: tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """Where a layer holds a cell.

    Attributes:
        cell: The cell.
        weights: Name of the attribute that leads to it.
        entry: The config entry that counts its units.
        name: Tells apart the cells of one layer.
    """

    cell: Any
    weights: str
    entry: str
    name: str = ""

    def bound(self, sources: Ids, units: Ids, channels: Channels) -> Cell:
        """Binds the weights of the cell, which hold its gates side by side.

        Args:
            sources: Ids of the channels that it reads.
            units: Ids of its units.
            channels: The ids' owner.
        """
        for name in ("activation", "recurrent_activation"):
            activate(channels, getattr(self.cell, name, None), units)
        gates = np.tile(units, self.cell.kernel.shape[-1] // len(units))
        kernel = f"{self.weights}.kernel"
        recurrent = f"{self.weights}.recurrent_kernel"
        return Cell(
            units=units,
            axes=(
                WeightAxis(kernel, -2, sources, "in"),
                WeightAxis(kernel, -1, gates, "out"),
                WeightAxis(recurrent, -2, units, "in"),
                WeightAxis(recurrent, -1, gates, "out"),
                WeightAxis(f"{self.weights}.bias", -1, gates, "out"),
            ),
            sizes={self.entry: units},
            kernels=(kernel, recurrent),
        )


def places(layer: Any) -> list[Place]:
    """The cells of a recurrent layer, the first to read the input first.

    Raises:
        UncoveredError: When one is not of Keras.
    """
    if isinstance(layer.cell, layers.StackedRNNCells):
        found = [
            Place(
                cell,
                f"cell.cells.{index}",
                f"cell.config.cells.{index}.config.units",
                str(index),
            )
            for index, cell in enumerate(layer.cell.cells)
        ]
    else:
        entry = "units" if isinstance(layer, FLAT) else "cell.config.units"
        found = [Place(layer.cell, "cell", entry)]
    for place in found:
        if type(place.cell) not in STATES:
            raise UncoveredError(
                f"its cell {type(place.cell).__name__} is not one of Keras'",
                "use LSTMCell, GRUCell or SimpleRNNCell",
            )
    return found
