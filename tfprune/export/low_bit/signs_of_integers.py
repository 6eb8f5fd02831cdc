"""Signs of int8 numbers, told from the integers."""

from dataclasses import replace

import numpy as np

from tfprune.export.flatbuffer.model import Operator, Subgraph
from tfprune.export.flatbuffer.schema import schema
from tfprune.export.flatbuffer.tensor import Tensor
from tfprune.export.low_bit.integer_constant import integer_constant, one_scale
from tfprune.export.low_bit.integer_form import CLIP, SIGN_SCALE
from tfprune.export.low_bit.signs import Sign
from tfprune.export.low_bit.steps import reshape


def take_sign(sign: Sign, integers: Tensor, subgraph: Subgraph) -> None:
    """Tells a sign of int8 numbers by one operator.

    A depthwise convolution doubles what each number is above zero and adds a
    half step, so that there is no tie, and clipping leaves the sign. Unlike a
    comparison it takes numbers of any scale, and runs on every accelerator.

    Args:
        sign: The sign, which reads the numbers as floats.
        integers: The int8 numbers.
        subgraph: Where it stands; it is changed. Reshaping is added where the
            numbers have no four axes.
    """
    channels = integers.shape[-1]
    image = (1, 1, integers.size // channels, channels)
    is_image = len(integers.shape) == len(image)
    shape = integers.shape if is_image else image
    result = sign.result
    kernel = integer_constant(
        f"{result.name}/doubled",
        np.full((1, 1, 1, channels), 2),
        "INT8",
        1 / (integers.scale() or 1.0),
    )
    bias = integer_constant(
        f"{result.name}/half_step", np.ones(channels, "i4"), "INT32"
    )
    subgraph.tensors += [kernel, bias]
    source, signs = integers, result
    steps = []
    if not is_image:
        source = replace(integers, name=f"{result.name}/image", shape=shape)
        source.shape_signature = None
        signs = Tensor(f"{result.name}/signs", "INT8", shape)
        signs.quantization = one_scale(SIGN_SCALE)
        subgraph.tensors += [source, signs]
        steps.append(reshape(integers, source, subgraph))
    steps.append(depthwise(source, kernel, bias, signs))
    if not is_image:
        steps.append(reshape(signs, result, subgraph))
    subgraph.operators.remove(sign.compare)
    position = subgraph.operators.index(sign.select)
    subgraph.operators[position : position + 1] = steps


def depthwise(
    source: Tensor, kernel: Tensor, bias: Tensor, result: Tensor
) -> Operator:
    """A depthwise convolution of one step, clipped at -1 and 1."""
    options = schema.DepthwiseConv2DOptionsT()
    options.padding = schema.Padding.VALID
    options.strideW = options.strideH = 1
    options.dilationWFactor = options.dilationHFactor = 1
    options.depthMultiplier = 1
    options.fusedActivationFunction = CLIP
    return Operator(
        "DEPTHWISE_CONV_2D",
        [source, kernel, bias],
        [result],
        options_type=schema.BuiltinOptions.DepthwiseConv2DOptions,
        options=options,
    )
