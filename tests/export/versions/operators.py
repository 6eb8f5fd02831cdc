"""Single operators of chosen types and scales."""

import numpy as np

from tfprune.export.flatbuffer.model import Operator
from tfprune.export.flatbuffer.schema import schema
from tfprune.export.flatbuffer.tensor import Quantization, Tensor


def tensor(dtype, shape=(2, 4), num_scales=0):
    scales = np.full(num_scales, 0.5, "f4")
    quantization = Quantization(scales, np.zeros(num_scales, "i8"))
    return Tensor(
        "x", dtype, shape, quantization=quantization if num_scales else None
    )


def dense(source, weights, result=None, *, scales=1, bias="INT32", **options):
    settings = schema.FullyConnectedOptionsT()
    for name, value in options.items():
        setattr(settings, name, value)
    inputs = [tensor(source, (1, 4), 1), tensor(weights, (2, 4), scales)]
    if bias:
        inputs.append(tensor(bias, (2,)))
    return Operator(
        "FULLY_CONNECTED",
        inputs,
        [tensor(result or source, (1, 2), 1)],
        options=settings,
    )


def convolution(source, weights, *, channels=4, scales=1):
    return Operator(
        "CONV_2D",
        [
            tensor(source, (1, 8, 8, 4), 1),
            tensor(weights, (6, 3, 3, channels), scales),
        ],
        [tensor(source, (1, 6, 6, 6), 1)],
    )
