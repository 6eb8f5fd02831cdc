"""Other forms of a network that mean the same to a handler."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tests.export.channels.networks import parsed
from tfprune.export.flatbuffer.model import FlatbufferModel, Operator
from tfprune.export.flatbuffer.tensor import NUMPY_TYPES, Tensor
from tfprune.export.flatbuffer.writer import serialize

ALIVE = 5
PRODUCERS = ("CONV_2D", "FULLY_CONNECTED")
# What divides must not be zero.
SIDES = {"FLOOR_DIV": "EXP", "FLOOR_MOD": "EXP"}


def copied(model: FlatbufferModel) -> FlatbufferModel:
    """A model that may be changed without the other one."""
    return parsed(serialize(model))


def with_one_channel(model: FlatbufferModel) -> FlatbufferModel:
    """The first layer gives zero on all channels but one."""
    model = copied(model)
    first = next(x for x in model.operators if x.name in PRODUCERS)
    for tensor in first.inputs[1:]:
        array = numbers(tensor).copy()
        # All networks read this one, but here it is dead.
        array[ALIVE] = array[0]
        array[:ALIVE], array[ALIVE + 1 :] = 0, 0
        tensor.data = array.reshape(-1).view(np.uint8)
        found = tensor.quantization
        if found is not None and found.scales.size > 1:
            scales = found.scales.copy()
            scales[ALIVE] = scales[0]
            tensor.quantization = replace(found, scales=scales)
    return model


def with_computed_inputs(
    model: FlatbufferModel, name: str
) -> Iterator[tuple[FlatbufferModel, np.ndarray]]:
    """Constants of an operator come from outside, one in each model.

    Args:
        model: The model; it is not changed.
        name: The operator's name.

    Yields:
        A model with one more input, and what belongs there.
    """
    for place in range(len(model.operators)):
        operator = model.operators[place]
        for position, tensor in enumerate(operator.inputs):
            if (
                operator.name == name
                and tensor is not None
                and tensor.data is not None
            ):
                changed = copied(model)
                operator_there = changed.operators[place]
                given = replace(
                    operator_there.inputs[position], name="given", data=None
                )
                operator_there.inputs[position] = given
                changed.main.tensors.append(given)
                changed.main.inputs.append(given)
                yield changed, numbers(tensor)


def with_own_channels(
    model: FlatbufferModel, name: str
) -> Iterator[FlatbufferModel]:
    """What meets a value channel by channel is computed from it, too.

    Args:
        model: The model; it is not changed.
        name: The operator's name.

    Yields:
        A model in which a constant of an operator of that name, one number a
        channel or one for all, is computed from the operator's other input.
    """
    for place in range(len(model.operators)):
        operator = model.operators[place]
        values = [
            x for x in operator.inputs if x is not None and x.data is None
        ]
        for position, tensor in enumerate(operator.inputs):
            if (
                operator.name == name
                and len(values) == 1
                and tensor is not None
                and tensor.data is not None
                and tensor.dtype == values[0].dtype == "FLOAT32"
                and values[0].shape == operator.outputs[0].shape
                and broadcasts(tensor.shape, values[0].shape)
            ):
                changed = copied(model)
                there = changed.operators[place]
                (value,) = [x for x in there.inputs if x.data is None]
                side = replace(value, name="side")
                changed.main.tensors.append(side)
                changed.main.operators.insert(
                    place, Operator(SIDES.get(name, "SIGN"), [value], [side])
                )
                there.inputs[position] = side
                yield changed


def broadcasts(shape: tuple[int, ...], target: tuple[int, ...]) -> bool:
    """Whether an array of a shape meets one of another, size by size."""
    try:
        return np.broadcast_shapes(shape, target) == target
    except ValueError:
        return False


def numbers(tensor: Tensor) -> np.ndarray:
    """What a constant stores."""
    return tensor.data.view(NUMPY_TYPES[tensor.dtype]).reshape(tensor.shape)
