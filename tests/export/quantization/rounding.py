"""Symmetric rounding of weights, written down once more in NumPy."""

import numpy as np

CHANNEL_AXIS = {"CONV_2D": 0, "DEPTHWISE_CONV_2D": 3, "FULLY_CONNECTED": 0}


def rounded(weights, bits, axis):
    """Weights on a grid of `2 ** bits - 1` values for each channel.

    Args:
        weights: Float array.
        bits: Bits of an integer.
        axis: The axis of the channels, or None for one grid.
    """
    others = tuple(i for i in range(weights.ndim) if i != axis)
    greatest = np.abs(weights).max(axis=others, keepdims=True)
    step = np.where(greatest == 0, 1, greatest) / (2 ** (bits - 1) - 1)
    return (np.round(weights / step) * step).astype("f4")


def round_weights(model, bits):
    """Rounds the weights of a float model, and leaves them float.

    Args:
        model: The model; it is changed.
        bits: Bits by the name of the operator.
    """
    for operator in model.operators:
        weights = operator.inputs[1] if len(operator.inputs) > 1 else None
        if operator.name not in bits or not weights.is_constant:
            continue
        values = weights.data.view("f4").reshape(weights.shape)
        new = rounded(values, bits[operator.name], CHANNEL_AXIS[operator.name])
        weights.data = np.frombuffer(new.tobytes(), np.uint8)
