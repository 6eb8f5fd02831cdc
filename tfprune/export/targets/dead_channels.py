"""Channels whose weights are all zero."""

from dataclasses import dataclass

import numpy as np

from tfprune.export.channels.elements import can_read, offsets
from tfprune.export.flatbuffer.model import FlatbufferModel, Operator

# By operator: the axis of the weights that counts the output channels.
CHANNEL_AXES = {
    "CONV_2D": 0,
    "CONV_3D": -1,
    "DEPTHWISE_CONV_2D": -1,
    "FULLY_CONNECTED": 0,
}


@dataclass(frozen=True)
class DeadChannels:
    """Channels of one operator that give the same number on any input.

    Args:
        index: Position of the operator in the model.
        name: Name of its output.
        dead: Number of channels with all weights zero.
        channels: Number of channels.
    """

    index: int
    name: str
    dead: int
    channels: int


def find_dead_channels(model: FlatbufferModel) -> tuple[DeadChannels, ...]:
    """Counts constant channels of convolutions and dense layers.

    They cost time and memory on every device and can be stripped.

    Args:
        model: The model.

    Returns:
        One entry for each operator that has some.
    """
    found = []
    for index, operator in enumerate(model.main.operators):
        alive = living_channels(operator)
        if alive is not None and not alive.all():
            found.append(
                DeadChannels(
                    index=index,
                    name=operator.outputs[0].name,
                    dead=int((~alive).sum()),
                    channels=alive.size,
                )
            )
    return tuple(found)


def living_channels(operator: Operator) -> np.ndarray | None:
    """One bool a channel, whether any weight differs from zero.

    None where the operator has no weights, or they are stored in blocks.
    """
    axis = CHANNEL_AXES.get(operator.name)
    weights = operator.inputs[1] if len(operator.inputs) > 1 else None
    if axis is None or weights is None or not can_read(weights):
        return None
    rows = np.moveaxis(offsets(weights), axis, 0)
    return (rows != 0).reshape(len(rows), -1).any(axis=1)
