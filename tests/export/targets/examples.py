"""For every rule of every target: an operator that meets it, one that does not.

Each pair differs in one thing only.
"""

from dataclasses import dataclass

import numpy as np

from tfprune.export.flatbuffer.model import FlatbufferModel, Operator, Subgraph
from tfprune.export.flatbuffer.schema import schema
from tfprune.export.flatbuffer.tensor import Quantization, Tensor

IMAGE = (1, 8, 8, 4)


@dataclass(frozen=True)
class Example:
    """Two operators that a rule tells apart."""

    met: Operator
    broken: Operator


def value(shape=IMAGE, dtype="INT8", *, scale=0.5, signature=None):
    """A tensor that is computed."""
    quantization = None
    if dtype in ("INT8", "UINT8"):
        quantization = Quantization(np.array([scale], "f4"), np.zeros(1, "i8"))
    return Tensor(
        "value",
        dtype,
        shape,
        quantization=quantization,
        shape_signature=signature,
    )


def constant(numbers, dtype="int32", *, shape=None, num_scales=0):
    """A tensor that the file holds."""
    array = np.asarray(numbers, dtype)
    if shape is not None:
        array = np.broadcast_to(array, shape).copy()
    quantization = None
    if num_scales:
        quantization = Quantization(
            np.full(num_scales, 0.5, "f4"), np.zeros(num_scales, "i8")
        )
    return Tensor(
        "constant",
        dtype.upper(),
        array.shape,
        data=array.reshape(-1).view(np.uint8),
        quantization=quantization,
    )


def make(name, inputs, output=None, *, version=1, options=None, **settings):
    """An operator with one output; settings are those of its options."""
    holder = getattr(schema, options)() if options else None
    for key, setting in settings.items():
        setattr(holder, key, setting)
    output = value() if output is None else output
    return Operator(name, inputs, [output], version=version, options=holder)


def model_of(*operators):
    """A model with these operators."""
    tensors = {
        tensor: None
        for operator in operators
        for tensor in (*operator.inputs, *operator.outputs)
        if tensor is not None
    }
    written = {x for operator in operators for x in operator.outputs}
    inputs = [x for x in tensors if x not in written and not x.is_constant]
    return FlatbufferModel(
        [
            Subgraph(
                list(tensors), inputs, [operators[-1].outputs[0]], [*operators]
            )
        ]
    )


def float_value(shape=IMAGE, dtype="FLOAT32", signature=None):
    """A tensor of floats."""
    return value(shape, dtype, signature=signature)


def relu(*, dtype="INT8", shape=IMAGE, **named):
    """The simplest operator."""
    ends = [value(shape, dtype, **named) for _ in range(2)]
    return make("RELU", [ends[0]], ends[1])


def convolution(weights=None, **settings):
    """An int8 convolution of size 1."""
    weights = weights or constant(1, "int8", shape=(4, 1, 1, 4), num_scales=4)
    settings = {"dilationWFactor": 1, "dilationHFactor": 1, **settings}
    return make(
        "CONV_2D",
        [value(), weights, constant(0, shape=(4,))],
        version=3,
        options="Conv2DOptionsT",
        **settings,
    )


def dense(*, scales=1, rows=1, source="INT8", sparse=None, **settings):
    """A dense layer from 4 to 3 numbers."""
    weights = constant(1, "int8", shape=(3, 4), num_scales=scales)
    weights.sparsity = sparse
    return make(
        "FULLY_CONNECTED",
        [
            value((rows, 4), source),
            weights,
            constant(0, "int64" if source == "INT16" else "int32", shape=(3,)),
        ],
        value((rows, 3), source),
        options="FullyConnectedOptionsT",
        **settings,
    )


def transposed_convolution(source):
    """A transposed convolution with int8 weights."""
    weights = constant(1, "int8", shape=(4, 2, 2, 4), num_scales=4)
    return make(
        "TRANSPOSE_CONV",
        [constant((1, 8, 8, 4)), weights, value((1, 4, 4, 4), source)],
        value(IMAGE, source),
        version=2,
        options="TransposeConvOptionsT",
    )


def select(shape):
    """A choice between two tensors."""
    condition = value(shape, "BOOL")
    return make(
        "SELECT_V2", [condition, value(shape), value(shape)], value(shape)
    )


def squared_difference(dtype):
    """The square of a difference."""
    return make(
        "SQUARED_DIFFERENCE",
        [value(dtype=dtype), value(dtype=dtype)],
        value(dtype=dtype),
    )


def gelu(dtype):
    """An activation of a transformer."""
    return make("GELU", [value(dtype=dtype)], value(dtype=dtype))


def tile(dtype):
    """A tensor repeated."""
    return make(
        "TILE",
        [value(dtype=dtype), constant((1, 2, 1, 1))],
        value((1, 16, 8, 4), dtype),
    )


def narrow_dense(scales):
    """A dense layer with weights of four bits."""
    layer = dense(scales=scales)
    layer.inputs[1].dtype = "INT4"
    return layer


def reduction(name="MEAN", axes=(1, 2), shape=IMAGE, dtype="int32"):
    """A reduction over axes."""
    return make(name, [value(shape), constant(axes, dtype)], value((1, 4)))


def strided(strides=(1, 1, 1, 1), shape=IMAGE, **settings):
    """A strided slice of everything."""
    zeros = constant(np.zeros(len(shape)))
    return make(
        "STRIDED_SLICE",
        [value(shape), zeros, constant(shape), constant(strides)],
        value(shape),
        options="StridedSliceOptionsT",
        **settings,
    )


def pool(activation):
    """A pooling with a fused activation."""
    return make(
        "MAX_POOL_2D",
        [value()],
        options="Pool2DOptionsT",
        fusedActivationFunction=activation,
    )


def softmax(shape=(1, 10), beta=1.0):
    """A softmax."""
    return make(
        "SOFTMAX",
        [value(shape)],
        value(shape),
        options="SoftmaxOptionsT",
        beta=beta,
    )


def resize(factor, **settings):
    """An enlargement of an image."""
    return make(
        "RESIZE_BILINEAR",
        [value((1, 2, 2, 4)), constant((2 * factor, 2 * factor))],
        value((1, 2 * factor, 2 * factor, 4)),
        options="ResizeBilinearOptionsT",
        **settings,
    )


def padding(amounts, name="PAD", **named):
    """A padding."""
    return make(name, [value(), constant(amounts)], **named)


def pack(axis):
    """Two images as one tensor."""
    return make(
        "PACK",
        [value((8, 8)), value((8, 8))],
        value((8, 8, 2)),
        options="PackOptionsT",
        axis=axis,
    )


def cast(source, result):
    """A change of type."""
    return make("CAST", [value(dtype=source)], value(dtype=result))


def gather(dtype="FLOAT32", positions=(0, 1)):
    """Rows by position."""
    return make(
        "GATHER",
        [value((8, 4), dtype), constant(positions)],
        value((2, 4), dtype),
        options="GatherOptionsT",
    )


def blocks(size):
    """Depth to space."""
    return make(
        "DEPTH_TO_SPACE",
        [float_value()],
        float_value(),
        options="DepthToSpaceOptionsT",
        blockSize=size,
    )


def mirror(mode):
    """A mirrored border."""
    return padding(
        np.zeros((4, 2)),
        "MIRROR_PAD",
        options="MirrorPadOptionsT",
        mode=mode,
    )


def product(*shapes):
    """A product of two tensors."""
    return make("MUL", [value(shape) for shape in shapes])


def depthwise(channels):
    """A depthwise convolution of 4 channels."""
    return make(
        "DEPTHWISE_CONV_2D",
        [
            value(),
            constant(1, "int8", shape=(1, 3, 3, channels), num_scales=channels),
            constant(0, shape=(channels,)),
        ],
        value((1, 8, 8, channels)),
        version=3,
        options="DepthwiseConv2DOptionsT",
        dilationWFactor=1,
        dilationHFactor=1,
    )


def lstm(state):
    """An LSTM with one state, in short."""
    return make(
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
        [value((1, 5, 4)), value((1, 4), state)],
        value((1, 5, 4)),
    )


def squeeze(before, after):
    """Axes of size 1 taken away."""
    return make("SQUEEZE", [value(before)], value(after))


def prelu(shape):
    """A leaky ReLU with trained slopes."""
    slopes = constant(1, "int8", shape=shape, num_scales=1)
    return make("PRELU", [value(), slopes])


def join(*numbers):
    """A tensor joined to constants."""
    others = [constant(x, "int8", shape=IMAGE, num_scales=1) for x in numbers]
    return make(
        "CONCATENATION",
        [value(), *others],
        value((1, 8, 8, 8)),
        options="ConcatenationOptionsT",
    )


def weighted(*, is_constant):
    """A convolution whose filters are a constant, or are not."""
    return convolution(
        None if is_constant else value((4, 1, 1, 4)),
    )


def exponential(source):
    """An exponential of floats."""
    return make("EXP", [source], float_value())


def fed(source):
    """A dense layer on some input."""
    layer = dense()
    layer.inputs[0] = source
    return layer


EXAMPLES = {
    "alpha_vector": Example(prelu((1, 1, 4)), prelu((8, 8, 4))),
    "cast_types": Example(cast("INT32", "FLOAT32"), cast("INT8", "FLOAT32")),
    "computed_input": Example(
        exponential(float_value()),
        exponential(constant(0, "float32", shape=IMAGE)),
    ),
    "constant_axes": Example(reduction(), reduction(dtype="int64")),
    "constant_weights": Example(
        weighted(is_constant=True), weighted(is_constant=False)
    ),
    "default_weights": Example(dense(), dense(weightsFormat=1)),
    "dense_hybrid_weights": Example(
        dense(source="FLOAT32"),
        dense(source="FLOAT32", sparse=schema.SparsityParametersT()),
    ),
    "dense_input": Example(
        fed(value((1, 4))),
        fed(constant(1, "int8", shape=(1, 4), num_scales=1)),
    ),
    "depth_multiplier": Example(depthwise(4), depthwise(8)),
    "dequantize_type": Example(
        make("DEQUANTIZE", [value()], float_value()),
        make("DEQUANTIZE", [value(dtype="INT32")], float_value()),
    ),
    "equal_dilation": Example(
        convolution(dilationWFactor=2, dilationHFactor=2),
        convolution(dilationWFactor=2, dilationHFactor=1),
    ),
    "finite_scales": Example(relu(scale=0.5), relu(scale=np.inf)),
    "four_axes": Example(relu(), relu(shape=(1, 1, 8, 8, 4))),
    "gather_data": Example(gather(), gather("INT32")),
    "gather_positions": Example(gather(), gather(positions=((0,), (1,)))),
    "gelu_types": Example(gelu("UINT8"), gelu("INT16")),
    "integer_lstm": Example(lstm("INT16"), lstm("FLOAT32")),
    "integer_types": Example(relu(), relu(dtype="FLOAT32")),
    "keeps_batch": Example(reduction(axes=(1, 2)), reduction(axes=(0, 1))),
    "known_operator": Example(
        relu(), Operator("NoSuchKernel", [value()], [value()], is_custom=True)
    ),
    "known_types": Example(relu(), relu(dtype="INT16")),
    "known_version": Example(
        make("QUANTIZE", [value()], version=1),
        make("QUANTIZE", [value()], version=99),
    ),
    "mean_depth": Example(
        reduction(axes=(3,)), reduction(axes=(3,), shape=(1, 8, 8, 6))
    ),
    "mirror_mode": Example(mirror(0), mirror(1)),
    "no_fused_activation": Example(pool(0), pool(1)),
    "one_covers": Example(
        product(IMAGE, (1, 1, 1, 4)), product((1, 8, 1, 4), (1, 1, 8, 4))
    ),
    "one_scale_dense": Example(dense(scales=1), dense(scales=3)),
    "one_scale_int4_dense": Example(
        narrow_dense(scales=1), narrow_dense(scales=3)
    ),
    "one_scale_wide_dense": Example(
        dense(source="INT16", scales=1), dense(source="INT16", scales=3)
    ),
    "packs_space": Example(pack(2), pack(0)),
    "pad_shape": Example(padding(np.zeros((4, 2))), padding(np.zeros((2, 2)))),
    "pads_space": Example(
        padding(((0, 0), (1, 1), (1, 1), (0, 0))),
        padding(((1, 0), (1, 1), (1, 1), (0, 0))),
    ),
    "plain_masks": Example(strided(), strided(newAxisMask=1)),
    "real_blocks": Example(blocks(2), blocks(1)),
    "resize_centers": Example(
        resize(2, alignCorners=False, halfPixelCenters=True),
        resize(2, alignCorners=True, halfPixelCenters=True),
    ),
    "resize_factor": Example(resize(4), resize(32)),
    "same_type_weights": Example(
        transposed_convolution("INT8"), transposed_convolution("FLOAT32")
    ),
    "select_rank": Example(select(IMAGE), select((1, 1, 8, 8, 4))),
    "slice_rank": Example(strided(), strided((1, 1), (8, 4))),
    "softmax_beta": Example(softmax(), softmax(beta=2.0)),
    "softmax_elements": Example(softmax((1, 16000)), softmax((1, 16001))),
    "softmax_vector": Example(softmax((1, 10)), softmax((5, 10))),
    "squared_difference_types": Example(
        squared_difference("INT8"), squared_difference("INT16")
    ),
    "squeezes_leading": Example(
        squeeze((1, 8, 4), (8, 4)), squeeze((8, 1, 4), (8, 4))
    ),
    "static_shapes": Example(relu(), relu(signature=(-1, 8, 8, 4))),
    "tile_types": Example(tile("UINT8"), tile("INT16")),
    "three_axes": Example(relu(), relu(shape=(2, 8, 8, 4))),
    "unit_strides": Example(strided(), strided((1, 2, 2, 1))),
    "vector_output": Example(dense(), dense(rows=2)),
    "zero_constant": Example(join(0), join(7)),
}
