"""Models that a layer runs at each time step, as on the frames of a video."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import keras
from keras import layers

from tfprune.graph.binding import UncoveredError
from tfprune.graph.channels import ChannelTensor, Shape
from tfprune.graph.handlers import find_handler
from tfprune.graph.keras_graph import Call, has_mask, is_graph, shell_of
from tfprune.graph.recorded_run import cast_to


def runs_model_by_step(operation: Any) -> bool:
    """Whether a layer runs several others at each time step.

    One that runs a single layer has a handler that speaks for both.
    """
    if not isinstance(operation, layers.TimeDistributed):
        return False
    part = operation.layer
    known = find_handler(operation) is not None
    return known and (find_handler(part) is None or runs_model_by_step(part))


def model_of_step(call: Call) -> keras.Model:
    """What a layer runs at one time step, as a functional model."""
    distributed = call.operation
    if is_graph(distributed.layer):
        return distributed.layer
    shape, dtype = call.inputs[0].shape, call.inputs[0].dtype
    step = keras.Input(
        batch_shape=(shape[0], *shape[2:]), dtype=cast_to(distributed, dtype)
    )
    return shell_of(distributed.layer, step)


def first_step(call: Call, tensors: Sequence[ChannelTensor]) -> ChannelTensor:
    """What goes into the model at one time step.

    Args:
        call: The call of the layer.
        tensors: The tensors that it is called on.

    Raises:
        UncoveredError: When the time steps are not alike.
    """
    if len(tensors) > 1 or any(map(has_mask, call.inputs)):
        raise UncoveredError(
            "is given a mask of time steps", "mask in the model that it runs"
        )
    (x,) = tensors
    if x.full_ids.shape[0] > 1 or x.varies(0):
        raise UncoveredError("its channels lie along the time steps")
    return ChannelTensor(x.full_ids[:, 0], (x.full_shape[0], *x.full_shape[2:]))


def every_step(y: ChannelTensor, shape: Shape) -> ChannelTensor:
    """What comes out of all time steps.

    Args:
        y: What comes out of one.
        shape: The shape of all.
    """
    return replace(y, full_ids=y.full_ids[:, None], full_shape=shape)
