"""What operators cannot do without: inputs, outputs, options.

The runtime reads these without asking, and so does whoever edits a model.
Operators that are not listed are taken as they are.
"""

from dataclasses import dataclass
from typing import Any

from tfprune.export.flatbuffer.layout import fields_of
from tfprune.export.flatbuffer.schema import schema


@dataclass(frozen=True)
class OperatorForm:
    """The least that an operator has.

    Args:
        inputs: So many inputs, from the first one on, are never left out.
        outputs: The least number of outputs.
        options: The type of its options in the schema; empty for none.
    """

    inputs: int
    outputs: int = 1
    options: str = ""

    def flaw(self, operator: Any) -> str:
        """What an operator lacks; empty where it is whole.

        Args:
            operator: The schema's operator, unpacked.
        """
        inputs = () if operator.inputs is None else operator.inputs
        outputs = () if operator.outputs is None else operator.outputs
        if len(inputs) < self.inputs or any(
            index < 0 for index in inputs[: self.inputs]
        ):
            return f"lacks one of its first {self.inputs} inputs"
        if len(outputs) < self.outputs:
            return f"has {len(outputs)} outputs, not {self.outputs} or more"
        given = operator.builtinOptions
        if self.options and given is not None:
            name = type(given).__name__.removesuffix("T")
            if name != self.options:
                return f"has {name} where {self.options} belong"
        return ""

    def default_options(self) -> tuple[int, Any]:
        """Type and object of options that a file leaves out.

        Returns:
            The number of the type, and the schema's object of defaults.
        """
        # Options without fields say nothing, and converters leave them out.
        if not self.options or not fields_of(self.options):
            return 0, None
        number = getattr(schema.BuiltinOptions, self.options)
        return number, getattr(schema, f"{self.options}T")()


def form_of(name: str) -> OperatorForm | None:
    """The form of a built-in operator; None where it is not known.

    Example:

    ```python
    form_of("CONV_2D").inputs       # 2: the bias may be left out
    ```
    """
    return FORMS.get(name)


def unary(*names: str) -> dict[str, OperatorForm]:
    """Operators of one tensor, without options."""
    return dict.fromkeys(names, OperatorForm(1))


def of_options(
    inputs: int, outputs: int = 1, **names: str
) -> dict[str, OperatorForm]:
    """Operators that need so many inputs, by the name of their options."""
    return {
        operator: OperatorForm(inputs, outputs, options)
        for options, operators in names.items()
        for operator in operators.split()
    }


FORMS: dict[str, OperatorForm] = {
    **unary(
        "CEIL",
        "ELU",
        "FLOOR",
        "LOGISTIC",
        "RELU",
        "RELU6",
        "RELU_0_TO_1",
        "RELU_N1_TO_1",
        "ROUND",
        "RSQRT",
        "SIN",
        "SQRT",
        "TANH",
    ),
    **of_options(
        1,
        AbsOptions="ABS",
        CastOptions="CAST",
        ConcatenationOptions="CONCATENATION",
        CosOptions="COS",
        DepthToSpaceOptions="DEPTH_TO_SPACE",
        DequantizeOptions="DEQUANTIZE",
        ExpOptions="EXP",
        GeluOptions="GELU",
        HardSwishOptions="HARD_SWISH",
        L2NormOptions="L2_NORMALIZATION",
        LeakyReluOptions="LEAKY_RELU",
        LocalResponseNormalizationOptions="LOCAL_RESPONSE_NORMALIZATION",
        LogicalNotOptions="LOGICAL_NOT",
        LogSoftmaxOptions="LOG_SOFTMAX",
        NegOptions="NEG",
        PackOptions="PACK",
        Pool2DOptions="AVERAGE_POOL_2D L2_POOL_2D MAX_POOL_2D",
        QuantizeOptions="QUANTIZE",
        ReshapeOptions="RESHAPE",
        ShapeOptions="SHAPE",
        SignOptions="SIGN",
        SoftmaxOptions="SOFTMAX",
        SpaceToDepthOptions="SPACE_TO_DEPTH",
        SqueezeOptions="SQUEEZE",
        SquareOptions="SQUARE",
        UnpackOptions="UNPACK",
        ZerosLikeOptions="ZEROS_LIKE",
    ),
    **of_options(
        2,
        AddOptions="ADD",
        ArgMaxOptions="ARG_MAX",
        ArgMinOptions="ARG_MIN",
        BatchMatMulOptions="BATCH_MATMUL",
        BroadcastToOptions="BROADCAST_TO",
        Conv2DOptions="CONV_2D",
        Conv3DOptions="CONV_3D",
        CumsumOptions="CUMSUM",
        DepthwiseConv2DOptions="DEPTHWISE_CONV_2D",
        DivOptions="DIV",
        EqualOptions="EQUAL",
        ExpandDimsOptions="EXPAND_DIMS",
        FillOptions="FILL",
        FloorDivOptions="FLOOR_DIV",
        FloorModOptions="FLOOR_MOD",
        FullyConnectedOptions="FULLY_CONNECTED",
        GatherNdOptions="GATHER_ND",
        GatherOptions="GATHER",
        GreaterEqualOptions="GREATER_EQUAL",
        GreaterOptions="GREATER",
        LessEqualOptions="LESS_EQUAL",
        LessOptions="LESS",
        LogicalAndOptions="LOGICAL_AND",
        LogicalOrOptions="LOGICAL_OR",
        MaximumMinimumOptions="MAXIMUM MINIMUM",
        MirrorPadOptions="MIRROR_PAD",
        MulOptions="MUL",
        NotEqualOptions="NOT_EQUAL",
        PadOptions="PAD",
        PowOptions="POW",
        ReducerOptions="MEAN REDUCE_ALL REDUCE_ANY REDUCE_MAX REDUCE_MIN "
        "REDUCE_PROD SUM",
        ResizeBilinearOptions="RESIZE_BILINEAR",
        ResizeNearestNeighborOptions="RESIZE_NEAREST_NEIGHBOR",
        ReverseV2Options="REVERSE_V2",
        SplitOptions="SPLIT",
        SquaredDifferenceOptions="SQUARED_DIFFERENCE",
        SubOptions="SUB",
        TileOptions="TILE",
        TopKV2Options="TOPK_V2",
        TransposeOptions="TRANSPOSE",
    ),
    **of_options(
        3,
        BatchToSpaceNDOptions="BATCH_TO_SPACE_ND",
        DynamicUpdateSliceOptions="DYNAMIC_UPDATE_SLICE",
        PadV2Options="PADV2",
        SelectOptions="SELECT",
        SelectV2Options="SELECT_V2",
        SliceOptions="SLICE",
        SpaceToBatchNDOptions="SPACE_TO_BATCH_ND",
        SplitVOptions="SPLIT_V",
        TransposeConvOptions="TRANSPOSE_CONV",
    ),
    **of_options(4, StridedSliceOptions="STRIDED_SLICE"),
    **of_options(1, 0, IfOptions="IF", WhileOptions="WHILE"),
    **of_options(0, 0, CallOnceOptions="CALL_ONCE"),
    "EMBEDDING_LOOKUP": OperatorForm(2),
    "PRELU": OperatorForm(2),
}
