"""What goes round in a recurrent layer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from keras import layers

from tfprune.graph.binding import Size, UncoveredError, WeightAxis
from tfprune.graph.channels import Channels, ChannelTensor, Ids
from tfprune.graph.handlers.axes import on_axis, positions
from tfprune.graph.handlers.cells import STATES, Cell, Place, places

CONVOLUTIONAL = (layers.ConvLSTM1D, layers.ConvLSTM2D, layers.ConvLSTM3D)


@dataclass(frozen=True)
class Recurrence:
    """One direction of a recurrent layer.

    Attributes:
        cells: Its cells, the first to read the input first.
        states: Ids of every state's units, in the order of the layer.
        axis: Axis of a state that they lie on, the batch not counted.
        rank: Number of axes of a state, the batch not counted.
        count: How often each kernel's elements are multiplied.
    """

    cells: tuple[Cell, ...]
    states: tuple[Ids, ...]
    axis: int
    rank: int
    count: int

    @property
    def output(self) -> Ids:
        """The ids of the last cell's units in the layout of a state."""
        return on_axis(self.cells[-1].units, self.axis, self.rank)

    @property
    def returned(self) -> tuple[Ids, ...]:
        """The states' ids in the layout of states."""
        return tuple(on_axis(x, self.axis, self.rank) for x in self.states)

    @property
    def axes(self) -> tuple[WeightAxis, ...]:
        """The axes of all weights."""
        return tuple(axis for cell in self.cells for axis in cell.axes)

    @property
    def sizes(self) -> dict[str, Size]:
        """The config entries that count units."""
        return {k: v for cell in self.cells for k, v in cell.sizes.items()}

    @property
    def macs(self) -> dict[str, int]:
        """How often the elements of each kernel are multiplied."""
        return {
            name: self.count for cell in self.cells for name in cell.kernels
        }

    def start(self, initial: Sequence[Any], channels: Channels) -> None:
        """Ties the states to what they start from.

        Args:
            initial: What was passed for the states.
            channels: The ids' owner.

        Raises:
            UncoveredError: When the number of states is another.
        """
        if len(initial) != len(self.states):
            raise UncoveredError(
                f"starts from {len(initial)} states, but has {len(self.states)}"
            )
        for ids, first in zip(self.states, initial, strict=True):
            if isinstance(first, ChannelTensor):
                channels.tie(ids, channels.along(first, self.axis))
            else:
                channels.freeze(ids, "starts from a constant state")


def recurrence(
    layer: Any, x: ChannelTensor, channels: Channels, name: str = ""
) -> Recurrence:
    """Binds the cells of a recurrent layer.

    Args:
        layer: A recurrent layer.
        x: The sequence that it reads.
        channels: Where new ids come from.
        name: Tells apart the directions of one layer.

    Raises:
        UncoveredError: When a cell is not one of Keras', or a state outlives
            the batch.
    """
    if layer.stateful:
        raise UncoveredError(
            "keeps its states from batch to batch",
            "build it anew with stateful=False",
        )
    if isinstance(layer, CONVOLUTIONAL):
        return convolutional(layer, x, channels, name)
    cells: list[Cell] = []
    states: list[Ids] = []
    sources = channels.along(x, -1)
    for place in places(layer):
        label = ".".join(part for part in (name, place.name) if part)
        units = channels.new(place.cell.units, label)
        cells.append(place.bound(sources, units, channels))
        states += [units] * STATES[type(place.cell)]
        sources = units
    return Recurrence(
        tuple(cells), tuple(states), axis=-1, rank=1, count=x.shape[0] or 1
    )


def convolutional(
    layer: Any, x: ChannelTensor, channels: Channels, name: str
) -> Recurrence:
    """Binds the one cell of a convolutional LSTM."""
    first = layer.data_format == "channels_first"
    axis = 0 if first else -1
    filters = channels.new(layer.filters, name)
    sources = channels.along(x, 1 if first else -1)
    cell = Place(layer.cell, "cell", "filters").bound(
        sources, filters, channels
    )
    state = layer.cell.compute_output_shape((None, *x.shape[1:]))[0]
    places = positions(tuple(state)[1:], axis)
    return Recurrence(
        cells=(cell,),
        states=(filters, filters),
        axis=axis,
        rank=x.rank - 1,
        count=(x.shape[0] or 1) * places,
    )
