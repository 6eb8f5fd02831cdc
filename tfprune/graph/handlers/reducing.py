"""Operations of `keras.ops` that combine the elements along axes."""

from typing import Any

import numpy as np

from tfprune.graph.binding import Binding
from tfprune.graph.channels import Channels, Ids
from tfprune.graph.handlers.registry import handles
from tfprune.graph.inputs import Inputs


def axes_of(operation: Any, rank: int) -> tuple[int, ...]:
    """The axes that an operation works along, none negative."""
    if operation.axis is None:
        return tuple(range(rank))
    return tuple(int(axis) % rank for axis in np.atleast_1d(operation.axis))


def freeze_along(
    ids: Ids, axes: tuple[int, ...], channels: Channels, reason: str
) -> None:
    """Freezes channels that lie along one of some axes."""
    if any(ids.shape[axis] > 1 for axis in axes):
        channels.freeze(ids, reason)


@handles(
    "All",
    "Amax",
    "Amin",
    "Any",
    "Argmax",
    "Argmin",
    "CountNonzero",
    "Logsumexp",
    "Max",
    "Mean",
    "Median",
    "Min",
    "Prod",
    "Std",
    "Sum",
    "Var",
)
def reduction(operation: Any, inputs: Inputs, channels: Channels) -> Binding:
    ids = inputs[0].full_ids
    axes = axes_of(operation, ids.ndim)
    freeze_along(ids, axes, channels, "is combined with the other channels")
    for axis in axes:
        ids = np.take(ids, [0], axis=axis)
    # What is reduced over all of its channels has none of its own.
    gone = inputs[0].full_ids.size > 1 and ids.size == 1
    ids = np.full_like(ids, -1) if gone else ids
    keepdims = getattr(operation, "keepdims", False)
    return Binding(output=ids if keepdims else np.squeeze(ids, axes))


@handles("LogSoftmax", "Softmax")
def softmax(operation: Any, inputs: Inputs, channels: Channels) -> Binding:
    ids = inputs[0].full_ids
    axes = axes_of(operation, ids.ndim)
    freeze_along(ids, axes, channels, "softmax mixes channels")
    return Binding(output=ids)


@handles("OneHot")
def one_hot(operation: Any, inputs: Inputs, channels: Channels) -> Binding:
    freeze_along(
        inputs[0].full_ids,
        tuple(range(inputs[0].full_ids.ndim)),
        channels,
        "is turned into classes",
    )
    return Binding(output=np.full((1,) * len(inputs.output_shapes[0]), -1))
