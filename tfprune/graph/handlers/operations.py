"""Element-wise operations of `keras.ops`."""

from collections.abc import Sequence
from typing import Any

from tfprune.graph.binding import Binding
from tfprune.graph.channels import Channels, ChannelTensor
from tfprune.graph.handlers.constants import mapped
from tfprune.graph.handlers.registry import handles


@handles(
    "Absolute",
    "Arccos",
    "Arccosh",
    "Arcsin",
    "Arcsinh",
    "Arctan",
    "Arctanh",
    "BitwiseNot",
    "Cast",
    "Cbrt",
    "Ceil",
    "Celu",
    "Clip",
    "ConvertToTensor",
    "Copy",
    "Cos",
    "Cosh",
    "Elu",
    "Erf",
    "Erfc",
    "Exp",
    "Exp2",
    "Expm1",
    "Fabs",
    "Floor",
    "Gelu",
    "HardShrink",
    "HardSigmoid",
    "HardSilu",
    "HardTanh",
    "Isfinite",
    "Isinf",
    "Isnan",
    "LeakyRelu",
    "Log",
    "Log10",
    "Log1p",
    "Log2",
    "LogSigmoid",
    "LogicalNot",
    "NanToNum",
    "Negative",
    "OnesLike",
    "Reciprocal",
    "Relu",
    "Relu6",
    "Round",
    "Rsqrt",
    "Selu",
    "Sigmoid",
    "Sign",
    "Silu",
    "Sin",
    "Sinh",
    "SoftShrink",
    "Softplus",
    "Softsign",
    "SparseSigmoid",
    "Sqrt",
    "Square",
    "Squareplus",
    "StopGradient",
    "Tan",
    "Tanh",
    "TanhShrink",
    "Threshold",
    "Trunc",
    "ZerosLike",
)
def elementwise_operation(
    operation: Any, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    return Binding(output=inputs[0].full_ids, constants=mapped(operation))
