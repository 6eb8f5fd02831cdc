"""What leaves dropped channels out of a product of two activations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from tfprune.graph.binding import Constants, Idle, Substitute, Weights
from tfprune.graph.channels import CONSTANT, Channels, Ids, Mask
from tfprune.graph.handlers.constants import per_channel
from tfprune.graph.handlers.contraction import Contracted, Contraction
from tfprune.layers import KeptPlaces, SubsetOperation

Make: TypeAlias = Callable[[Any, Sequence[KeptPlaces]], Any]


@dataclass(frozen=True)
class Summed:
    """An axis of an input that is summed over.

    Attributes:
        position: Position of the input among the arguments, or in the list of
            tensors that a layer is called on.
        axis: The axis, the batch included.
        ids: The ids along the axis, `CONSTANT` where there are no channels.
    """

    position: int
    axis: int
    ids: Ids


def summed_axes(
    contraction: Contraction, contracted: Contracted
) -> tuple[Summed, ...]:
    """The axes of factors that no weight reads.

    What enters there need not be zero where a channel is masked: the sigmoid
    of zero is not. Nothing but the inputs can be masked then.
    """
    return tuple(
        Summed(position, labels.index(x), ids)
        for x, ids in contracted.unread.items()
        for position, labels in enumerate(contraction.factors)
        if x in labels
    )


def idle_products(factors: Sequence[Summed]) -> Idle | None:
    """Which terms of a sum of products are zero because a factor is.

    Args:
        factors: An axis of each factor; None is told of several labels.
    """
    if not factors or any(x.ids is not factors[0].ids for x in factors):
        return None
    if any(x.axis == 0 for x in factors):
        return None

    def idle(inputs: Sequence[Constants], weights: Weights) -> list[Mask]:
        zero = [
            per_channel(inputs[x.position], x.axis - 1, len(x.ids))
            for x in factors
        ]
        return [np.any([x.known & (x.values == 0) for x in zero], axis=0)]

    return idle


def substitute(
    operation: Any,
    summed: Sequence[Summed],
    channels: Channels,
    make: Make = SubsetOperation,
) -> Substitute | None:
    """What stands for an operation in a masked model; None for itself.

    Args:
        operation: A layer that is called on a list, or an operation.
        summed: The axes that it sums over.
        channels: The ids' owner, set to the operation.
        make: From the operation and the places of its inputs that stay to
            what computes over those.
    """
    for one in summed:
        # It leaves out the same channels whenever it is called.
        channels.repeat(one.ids, f"{one.position} {one.axis}")
    filled = [x for x in summed if x.ids[0] != CONSTANT]
    if not filled:
        return None
    ends = np.cumsum([len(x.ids) for x in filled])[:-1]

    def restricted(keep: Mask) -> Any:
        parts = np.split(keep, ends)
        return make(
            operation,
            [
                KeptPlaces(x.position, x.axis, tuple(part.tolist()))
                for x, part in zip(filled, parts, strict=True)
            ],
        )

    return Substitute(np.concatenate([x.ids for x in filled]), restricted)


def layer_of(kind: Any) -> Make:
    """Makes a layer of a class that takes `places` from another's config."""

    def make(layer: Any, places: Sequence[KeptPlaces]) -> Any:
        return kind.from_config({**layer.get_config(), "places": places})

    return make
