"""The version that each operator needs, and what makes it need it.

The rules are those by which TensorFlow's converter numbers its files
(tensorflow/compiler/mlir/lite/tools/versioning/op_version.cc, with the newer
ones of LiteRT's tflite/converter/tools/versioning/op_version.cc). Of each
operator the first condition that holds decides; where none does it is 1.

Those lists say nothing of float inputs on int4 weights, nor of scales for
blocks, which litert-quantizer writes. Dense layers with int4 weights get the
version that brought int4, by which TensorFlow Lite 2.14 computes them rightly.
It computes convolutions of that kind and blocks wrongly: those get the first
version that it refuses. For int16 activations the
lists ask for int16 weights, which no kernel has: it is int8 weights that came
with these versions. Their biases have 64 bits; it is those of 32 that are new.
"""

from tfprune.export.versions.conditions import (
    Condition,
    always,
    broadcasts_above,
    either,
    every,
    grouped,
    has_one_row,
    in_blocks,
    opposite,
    option,
    rank_above,
    reads,
    reads_per_channel,
    reads_scaled,
    scaled_per_channel,
    scales_up,
    sparse,
    typed,
    with_bias,
    without_bias,
    writes,
    writes_per_channel,
)

Rules = tuple[tuple[int, Condition], ...]

HYBRID = typed("FLOAT32", "INT8", "FLOAT32")
INT8 = typed("INT8", "INT8", "INT8")
INT8_BY_INT4 = typed("INT8", "INT4", "INT8")
INT16_BY_INT8 = typed("INT16", "INT8", "INT16")
INT16_BY_INT4 = typed("INT16", "INT4", "INT16")
STAYS_INT16 = every(reads("INT16"), writes("INT16"))
FAST_HYBRID = option("asymmetricQuantizeInputs")
NARROW_BIAS = every(INT16_BY_INT8, reads("INT32", position=2))

INT8_IS_2: Rules = ((2, reads("INT8")),)
INT16_IS_3: Rules = ((3, reads("INT16")), (2, reads("INT8")))
BOTH_INT16_IS_3: Rules = ((3, STAYS_INT16), (2, reads("INT8")))
SMALL_INTEGERS_ARE_2: Rules = ((2, reads("INT8", "INT16")),)
WIDE_PRODUCT_IS_3: Rules = (
    (4, STAYS_INT16),
    (3, broadcasts_above(4)),
    (2, reads("INT8")),
)
RECURRENT: Rules = (
    (
        3,
        every(reads("INT8", position=1), writes("FLOAT32"), FAST_HYBRID),
    ),
    (2, every(reads("INT8", position=1), writes("FLOAT32"))),
)
PADDING: Rules = (
    (5, reads("BOOL")),
    (4, rank_above(4)),
    (3, reads("INT16")),
    (2, reads("INT8")),
)
BLOCKS: Rules = (
    (4, reads("INT16")),
    (3, either(rank_above(4), opposite(rank_above(3)))),
    (2, reads("INT8")),
)
WHOLE_RESIZE: Rules = (
    (4, reads("INT16")),
    (3, option("halfPixelCenters")),
    (2, reads("INT8")),
)

RULES: dict[str, Rules] = {
    "ABS": (
        (5, reads("INT32")),
        (3, every(reads("INT16"), reads_scaled)),
        (4, reads("INT16")),
        (2, reads("INT8", "UINT8")),
    ),
    "ADD": (
        (6, reads("FLOAT16")),
        (5, every(reads("INT16"), opposite(reads_scaled))),
        (4, reads("INT64")),
        (3, every(STAYS_INT16, opposite(option("potScaleInt16")))),
        (2, reads("INT8")),
    ),
    "ARG_MAX": ((3, reads("BOOL")), *INT8_IS_2),
    "ARG_MIN": ((3, reads("BOOL")), *INT8_IS_2),
    "AVERAGE_POOL_2D": BOTH_INT16_IS_3,
    "BATCH_MATMUL": (*INT16_IS_3, (4, every(HYBRID, FAST_HYBRID))),
    "BATCH_TO_SPACE_ND": BLOCKS,
    "BIDIRECTIONAL_SEQUENCE_LSTM": RECURRENT,
    "BIDIRECTIONAL_SEQUENCE_RNN": RECURRENT,
    "BROADCAST_TO": ((3, reads("INT8", "INT16")), (2, always)),
    "CAST": (
        (8, either(reads("INT2", "UINT4"), writes("INT2", "UINT4"))),
        (7, either(reads("BFLOAT16"), writes("BFLOAT16"))),
        (6, every(reads("INT4"), writes("FLOAT32"))),
        (
            5,
            either(
                reads("FLOAT64", "FLOAT16"),
                writes("FLOAT64", "FLOAT16"),
            ),
        ),
        (4, either(reads("UINT16"), writes("UINT16"))),
        (3, either(reads("INT8"), writes("INT8"))),
        (2, either(reads("UINT32"), writes("UINT32"))),
    ),
    "CONCATENATION": (
        (6, reads("FLOAT16")),
        (5, reads("INT4")),
        (4, reads("UINT32")),
        *INT16_IS_3,
    ),
    "CONV_2D": (
        (8, NARROW_BIAS),
        (
            8,
            every(reads("INT4", position=1), opposite(INT8_BY_INT4)),
        ),
        (6, grouped),
        (4, INT16_BY_INT8),
        (3, INT8),
        (7, INT8_BY_INT4),
        (5, every(HYBRID, scaled_per_channel(1, 0))),
        (2, HYBRID),
    ),
    "COS": ((2, reads("FLOAT16")),),
    "DEPTHWISE_CONV_2D": (
        (5, INT16_BY_INT8),
        (6, every(HYBRID, scaled_per_channel(1, 3))),
        (4, HYBRID),
        (3, INT8),
        (7, reads("INT4", position=1)),
        (
            2,
            lambda operator: (
                (
                    operator.options.dilationWFactor,
                    operator.options.dilationHFactor,
                )
                != (1, 1)
            ),
        ),
    ),
    "DEPTH_TO_SPACE": INT8_IS_2,
    "DEQUANTIZE": (
        (8, reads("UINT4")),
        (7, reads("INT2")),
        (6, reads("INT4")),
        (3, reads("INT16", "FLOAT16")),
        (5, every(reads("INT8"), reads_per_channel)),
        (2, reads("INT8")),
    ),
    "DIV": ((2, broadcasts_above(4)),),
    "DYNAMIC_UPDATE_SLICE": (
        (6, reads("BFLOAT16")),
        (5, reads("INT4")),
        (4, reads("INT16")),
        (3, reads("FLOAT16")),
        (2, reads("INT64", position=2)),
    ),
    "EMBEDDING_LOOKUP": (
        (5, reads("INT2", position=1)),
        (4, reads("INT4", position=1)),
        (
            4,
            every(
                scaled_per_channel(1, 0),
                opposite(has_one_row(1)),
            ),
        ),
    ),
    "EQUAL": ((5, reads("INT16")), (3, reads("STRING")), *INT8_IS_2),
    "EXP": SMALL_INTEGERS_ARE_2,
    "FAKE_QUANT": ((2, option("narrowRange")),),
    "FILL": (
        (4, reads("FLOAT16", position=1)),
        (3, reads("INT8", "INT16", position=1)),
        (2, reads("BOOL", "STRING", position=1)),
    ),
    "FLOOR_DIV": ((3, reads("INT8", "INT16")), (2, reads("FLOAT32"))),
    "FLOOR_MOD": SMALL_INTEGERS_ARE_2,
    "FULLY_CONNECTED": (
        (14, reads("INT2", position=1)),
        (14, in_blocks(1)),
        (13, INT16_BY_INT4),
        (12, every(HYBRID, scaled_per_channel(1, 0))),
        (11, NARROW_BIAS),
        (10, reads("INT4", position=1)),
        (8, sparse(1)),
        (7, INT16_BY_INT8),
        (6, without_bias),
        (5, option("keepNumDims")),
        (4, INT8),
        (9, every(HYBRID, FAST_HYBRID)),
        (3, HYBRID),
        (2, option("weightsFormat")),
    ),
    "GATHER": (
        (7, reads("INT4")),
        (6, reads("INT16", position=1)),
        (5, option("batchDims")),
        (4, reads("INT16")),
        (3, reads("BOOL")),
        *INT8_IS_2,
    ),
    "GATHER_ND": (
        (5, reads("BOOL")),
        (4, reads("INT16", position=1)),
        (3, reads("INT16")),
        (2, reads("STRING")),
    ),
    "GELU": ((2, reads("INT8", "UINT8")),),
    "GREATER": INT8_IS_2,
    "GREATER_EQUAL": INT16_IS_3,
    "L2_NORMALIZATION": ((2, writes("INT8")),),
    "LEAKY_RELU": ((2, reads("INT16")),),
    "LESS": INT16_IS_3,
    "LESS_EQUAL": INT8_IS_2,
    "LOG": SMALL_INTEGERS_ARE_2,
    "LOGISTIC": BOTH_INT16_IS_3,
    "LOG_SOFTMAX": INT8_IS_2,
    "LSTM": (
        (2, option("kernelType")),
        (
            5,
            every(reads("INT16"), reads("INT8", position=2), writes("INT16")),
        ),
        (
            4,
            every(
                reads("FLOAT32"),
                reads("INT8", position=2),
                writes("FLOAT32"),
                FAST_HYBRID,
            ),
        ),
        (
            3,
            every(
                reads("FLOAT32"),
                reads("INT8", position=2),
                writes("FLOAT32"),
            ),
        ),
    ),
    "MAXIMUM": WIDE_PRODUCT_IS_3,
    "MAX_POOL_2D": BOTH_INT16_IS_3,
    "MEAN": INT16_IS_3,
    "MINIMUM": WIDE_PRODUCT_IS_3,
    "MIRROR_PAD": INT16_IS_3,
    "MUL": (
        (8, reads("FLOAT16")),
        (7, every(reads("INT16"), opposite(reads_scaled))),
        (7, reads("UINT32")),
        (6, reads("COMPLEX64")),
        (5, reads("INT64")),
        (4, reads("INT16")),
        (3, scales_up),
        *INT8_IS_2,
    ),
    "NOT_EQUAL": ((4, reads("INT16")), (3, reads("STRING")), *INT8_IS_2),
    "PACK": (
        (2, reads("INT8")),
        (3, STAYS_INT16),
        (4, reads("UINT32")),
    ),
    "PAD": PADDING,
    "PADV2": PADDING,
    "QUANTIZE": (
        (5, either(reads("UINT4"), writes("UINT4"))),
        (4, either(reads("INT4"), writes("INT4"))),
        (3, writes_per_channel),
        (2, writes("INT16")),
    ),
    "RANGE": ((2, reads("INT64")),),
    "REDUCE_MAX": INT16_IS_3,
    "REDUCE_MIN": INT16_IS_3,
    "REDUCE_PROD": SMALL_INTEGERS_ARE_2,
    "RELU": ((3, reads("INT16")), (2, reads("INT8", "UINT8"))),
    "RELU6": INT16_IS_3,
    "RESIZE_BILINEAR": WHOLE_RESIZE,
    "RESIZE_NEAREST_NEIGHBOR": (
        (4, reads("INT16")),
        (3, either(option("halfPixelCenters"), option("alignCorners"))),
        (2, reads("INT8")),
    ),
    "REVERSE_V2": ((3, reads("INT8")), (2, reads("BOOL"))),
    "RNN": RECURRENT,
    "RSQRT": INT16_IS_3,
    "SELECT": (
        (4, reads("UINT32")),
        (
            3,
            lambda operator: any(
                tensor is not None and len(tensor.shape) == 5
                for tensor in operator.inputs
            ),
        ),
        *INT8_IS_2,
    ),
    "SELECT_V2": ((2, reads("UINT32")),),
    "SIGN": ((2, reads("INT32")),),
    "SIN": ((2, reads("FLOAT16")),),
    "SLICE": (
        (8, reads("FLOAT16")),
        (7, reads("INT4")),
        (6, reads("UINT32")),
        (5, rank_above(4)),
        (4, reads("INT16")),
        (3, reads("STRING")),
        *INT8_IS_2,
    ),
    "SOFTMAX": ((4, reads("FLOAT16")), *INT16_IS_3),
    "SPACE_TO_BATCH_ND": BLOCKS,
    "SPACE_TO_DEPTH": INT8_IS_2,
    "SPARSE_TO_DENSE": (
        (3, reads("INT8", "UINT8", position=2)),
        (2, reads("INT64", position=2)),
    ),
    "SPLIT": (
        (4, reads("INT16", position=1)),
        (3, reads("INT32", position=1)),
        (2, reads("INT8", position=1)),
    ),
    "SPLIT_V": INT8_IS_2,
    "SQRT": SMALL_INTEGERS_ARE_2,
    "SQUARED_DIFFERENCE": INT8_IS_2,
    "SQUEEZE": ((2, reads("STRING")),),
    "STRIDED_SLICE": (
        (8, option("offset")),
        (7, reads("UINT32")),
        (6, either(option("ellipsisMask"), option("newAxisMask"))),
        (5, reads("STRING")),
        (4, rank_above(4)),
        (3, reads("BOOL")),
        *INT8_IS_2,
    ),
    "SUB": (
        (5, every(STAYS_INT16, opposite(option("potScaleInt16")))),
        (4, reads("INT64")),
        (3, broadcasts_above(4)),
        *INT8_IS_2,
    ),
    "SUM": INT8_IS_2,
    "SVDF": (
        (3, reads("INT8")),
        (4, every(HYBRID, FAST_HYBRID)),
        (2, HYBRID),
    ),
    "TANH": BOTH_INT16_IS_3,
    "TILE": ((3, reads("INT8")), (2, reads("STRING"))),
    "TOPK_V2": (
        (
            3,
            either(
                reads("INT16"),
                reads("INT16", position=1),
                writes("INT16", position=1),
            ),
        ),
        *INT8_IS_2,
    ),
    "TRANSPOSE": (
        (9, reads("FLOAT16")),
        (8, either(rank_above(6), reads("BFLOAT16"))),
        (7, reads("INT4")),
        (6, rank_above(5)),
        (5, reads("INT16")),
        (4, rank_above(4)),
        (3, reads("BOOL")),
        *INT8_IS_2,
    ),
    "TRANSPOSE_CONV": (
        (5, NARROW_BIAS),
        (4, option("fusedActivationFunction")),
        (3, with_bias(3)),
        (2, reads("INT8", position=1)),
    ),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": (
        (
            5,
            every(reads("INT16"), reads("INT8", position=2), writes("INT16")),
        ),
        (4, option("diagonalRecurrentTensors")),
        (
            3,
            every(
                reads("FLOAT32"),
                reads("INT8", position=2),
                writes("FLOAT32"),
                FAST_HYBRID,
            ),
        ),
        (
            2,
            every(
                reads("FLOAT32"),
                reads("INT8", position=2),
                writes("FLOAT32"),
            ),
        ),
    ),
    "UNIDIRECTIONAL_SEQUENCE_RNN": RECURRENT,
    "UNPACK": (
        (2, reads("INT8", "UINT8")),
        (3, reads("BOOL")),
        (4, STAYS_INT16),
        (5, reads("FLOAT16", "BFLOAT16")),
    ),
    "WHERE": ((1, reads("BOOL")), (2, always)),
}
