"""Checks what handlers declare, so that a wrong one is named at once."""

from typing import Any

import keras

from tfprune.errors import InvalidInputError
from tfprune.graph.binding import UncoveredError, WeightAxis
from tfprune.graph.channels import CONSTANT, Ids


def check_output(ids: Ids, shape: tuple[int | None, ...], path: str) -> None:
    """Refuses output ids that do not fit the layer's output.

    Args:
        ids: What the handler returned, at the output's rank.
        shape: The output's shape.
        path: Path of the layer.

    Raises:
        InvalidInputError: When the shapes do not fit.
    """
    fits = ids.ndim == len(shape) and all(
        have in (1, want) or want is None
        for have, want in zip(ids.shape, shape, strict=True)
    )
    if not fits:
        raise InvalidInputError(
            f"The handler of '{path}' returned ids of shape {ids.shape}, but "
            f"the layer's output has shape {shape}. Return one id per "
            "channel, size 1 on the other axes."
        )


def check_variable(axis: WeightAxis, found: Any) -> None:
    """Refuses a weight axis of what is no variable.

    Args:
        axis: What the handler declared.
        found: What the layer's attribute holds.

    Raises:
        UncoveredError: When the layer computes it.
    """
    if not isinstance(found, keras.Variable):
        raise UncoveredError(
            f"its '{axis.weight}' is computed from other weights",
            "merge them into one first, as LoRA weights can be",
        )


def check_axis(axis: WeightAxis, variable: Any, path: str) -> None:
    """Refuses a weight axis that the layer does not have.

    Args:
        axis: What the handler declared.
        variable: What the layer's attribute holds.
        path: Path of the layer.

    Raises:
        InvalidInputError: When the axis does not exist or the number of ids
            is wrong.
    """
    shape = tuple(variable.shape)
    if not -len(shape) <= axis.axis < len(shape):
        raise InvalidInputError(
            f"The handler of '{path}' names axis {axis.axis} of "
            f"'{axis.weight}', which has shape {shape}."
        )
    if axis.ids.shape != (shape[axis.axis],):
        raise InvalidInputError(
            f"The handler of '{path}' gives {axis.ids.shape} ids for axis "
            f"{axis.axis} of '{axis.weight}', which has shape {shape}. Give "
            f"one id for each of its {shape[axis.axis]} positions."
        )
    if axis.ids.size and axis.ids.min() < CONSTANT:
        raise InvalidInputError(
            f"The handler of '{path}' gives negative ids for "
            f"'{axis.weight}'. Take ids from the inputs or `channels.new`."
        )
