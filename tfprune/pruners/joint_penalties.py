"""One penalty on the norm of each channel, over several of its weights."""

from collections.abc import Sequence

import numpy as np

from tfprune.graph import WeightSlice
from tfprune.regularizers import JointGroupLasso


def joint_penalties(
    slices: Sequence[WeightSlice], strength: float, name: str
) -> list[JointGroupLasso]:
    """The parts of one penalty that the variables of a group carry.

    Args:
        slices: The parts of weights that the norm is taken over.
        strength: What multiplies the norm of a channel.
        name: Name of the penalty, which no other one in the model has.

    Returns:
        A penalty for each slice.
    """
    return [
        JointGroupLasso(
            strength=strength,
            group=name,
            members=len(slices),
            width=part.width,
            axis=part.axis.axis,
            channels=channels_of(part),
        )
        for part in slices
    ]


def channels_of(part: WeightSlice) -> list[int] | None:
    """The channel at each position of an axis; None for the positions."""
    places = np.full(len(part.axis.ids), -1)
    places[part.positions] = part.channels
    same = np.array_equal(places, np.arange(part.width))
    return None if same else places.tolist()
