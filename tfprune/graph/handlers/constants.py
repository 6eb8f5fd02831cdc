"""How constants pass through the layers of a graph."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from tfprune.graph.binding import Constants, Flow, Values, Weights
from tfprune.graph.channels import Mask
from tfprune.graph.handlers.elementwise import is_elementwise


def same(inputs: Sequence[Constants], weights: Weights) -> Constants:
    """Flow of a layer that leaves constants as they are."""
    return inputs[0]


def mapped(function: Callable[[Any], Any]) -> Flow:
    """Flow of an element-wise function, which is run on the constants."""

    def flow(inputs: Sequence[Constants], weights: Weights) -> Constants:
        return apply(function, inputs[0])

    return flow


def activated(function: Any) -> Flow:
    """Flow of an activation: nothing is known behind one that may mix."""

    def flow(inputs: Sequence[Constants], weights: Weights) -> Constants:
        return activate_constants(function, inputs[0])

    return flow


def activate_constants(function: Any, constants: Constants) -> Constants:
    """Runs an activation on known constants, if it is element-wise."""
    if function is None:
        return constants
    if not is_elementwise(function):
        return Constants.unknown(constants.known.shape)
    return apply(function, constants)


def apply(function: Callable[[Any], Any], constants: Constants) -> Constants:
    """Runs an element-wise Keras function on known constants."""
    if not constants.known.any():
        return constants
    tensor = keras.ops.convert_to_tensor(constants.values.astype("float32"))
    values = np.asarray(
        keras.ops.convert_to_numpy(function(tensor)), dtype="float64"
    )
    # Of a division by zero nothing can be absorbed.
    return Constants.where(constants.known & np.isfinite(values), values)


def moved(function: Callable[[np.ndarray], np.ndarray]) -> Flow:
    """Flow of a layout operation: the same on the flags and the values."""

    def flow(inputs: Sequence[Constants], weights: Weights) -> Constants:
        return Constants(function(inputs[0].known), function(inputs[0].values))

    return flow


def per_channel(constants: Constants, axis: int, length: int) -> Constants:
    """Constants along one axis, shape `(length,)`; unknown if they vary."""
    if constants.known.size != constants.known.shape[axis]:
        return Constants.unknown((length,))
    return Constants(
        np.broadcast_to(constants.known.ravel(), length),
        np.broadcast_to(constants.values.ravel(), length),
    )


def on(constants: Constants, axis: int, rank: int) -> Constants:
    """Lays constants of shape `(channels,)` along one axis."""
    shape = [1] * rank
    shape[axis] = len(constants.known)
    return Constants(
        constants.known.reshape(shape), constants.values.reshape(shape)
    )


def summed(
    constants: Constants,
    kernel: Values,
    groups: int,
    exact: bool,
) -> Constants:
    """Constants of a sum over channels, before the bias.

    An output is constant when each input that it reads is: an input of zeros
    always adds nothing, another constant adds the same everywhere only where
    no padding cuts the kernel off.

    Args:
        constants: Of the inputs, shape `(channels,)`.
        kernel: Weights, shape `(..., channels // groups, units)`.
        groups: Number of groups of a grouped convolution.
        exact: Whether constants survive the borders.
    """
    flat = kernel.reshape(-1, *kernel.shape[-2:])
    unread = (flat == 0).all(axis=0)
    usable = constants.known & (exact | (constants.values == 0))
    known = _by_group(
        lambda rows, columns: (unread[:, columns] | usable[rows][:, None]).all(
            axis=0
        ),
        groups,
        len(constants.known),
        kernel.shape[-1],
    )
    values = shift(np.where(usable, constants.values, 0.0), kernel, groups)
    return Constants.where(known.astype(bool), values)


def shift(values: Values, kernel: Values, groups: int = 1) -> Values:
    """What constant inputs add to each output of a convolution.

    Args:
        values: Constants of the inputs, shape `(channels,)`.
        kernel: Weights, shape `(..., channels // groups, units)`.
        groups: Number of groups.

    Returns:
        Array of shape `(units,)`.
    """
    flat = kernel.reshape(-1, *kernel.shape[-2:]).sum(axis=0)
    return _by_group(
        lambda rows, columns: values[rows] @ flat[:, columns],
        groups,
        len(values),
        kernel.shape[-1],
    )


def _by_group(
    function: Callable[[slice, slice], np.ndarray],
    groups: int,
    rows: int,
    columns: int,
) -> np.ndarray:
    tall, wide = rows // groups, columns // groups
    return np.concatenate(
        [
            function(
                slice(g * tall, (g + 1) * tall), slice(g * wide, (g + 1) * wide)
            )
            for g in range(groups)
        ]
    )


def biased(constants: Constants, weights: Weights) -> Constants:
    """Adds the layer's bias, if it has one."""
    if "bias" not in weights:
        return constants
    return Constants.where(
        constants.known, constants.values + weights["bias"].ravel()
    )


def unpadded(layer: Any) -> bool:
    """Whether a convolution reads no padding: `valid`, or a 1x1 kernel."""
    return layer.padding == "valid" or math.prod(layer.kernel_size) == 1


def all_known(*constants: Constants) -> Mask:
    """Where every one of several broadcast constants is known."""
    known = constants[0].known
    for other in constants[1:]:
        known = known & other.known
    return known


def unfed(
    kernel: Values, axis: int, bias: Values | None, bias_axis: int
) -> Constants:
    """Constants of the units of a sum that have no weight but a bias.

    Args:
        kernel: The weights.
        axis: The axis of the kernel that the units lie along.
        bias: Numbers that are added along the last axes of the result.
        bias_axis: The units' axis, counted from the end of the result.

    Returns:
        Constants of shape `(units,)`, before the activation.
    """
    flat = np.moveaxis(kernel, axis, 0)
    flat = flat.reshape(len(flat), -1)
    known: Mask = np.asarray((flat == 0).all(axis=1))
    if bias is None:
        return Constants(known, np.zeros(len(flat)))
    if -bias_axis > bias.ndim:
        rows = np.broadcast_to(bias.ravel(), (len(flat), bias.size))
    else:
        rows = np.moveaxis(bias, bias_axis, 0)
        rows = rows.reshape(len(rows), -1)
        rows = np.broadcast_to(rows, (len(flat), rows.shape[1]))
    # One constant for all places, or none.
    known = known & (rows == rows[:, :1]).all(axis=1)
    return Constants.where(known, rows[:, 0])


def of_one_step(inputs: Sequence[Constants], weights: Weights) -> Constants:
    """What is known of all time steps alike, as known of one."""
    x = inputs[0]
    if x.known.shape[0] > 1:
        return Constants.unknown(x.known.shape[1:])
    return Constants(x.known[0], x.values[0])


def of_every_step(inputs: Sequence[Constants], weights: Weights) -> Constants:
    """What is known of one time step, as known of each."""
    x = inputs[0]
    return Constants(x.known[None], x.values[None])
