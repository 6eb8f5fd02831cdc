"""Element-wise operations of `keras.ops`."""

from collections.abc import Sequence
from typing import Any

from tfprune.graph.binding import Binding
from tfprune.graph.channels import Channels, ChannelTensor
from tfprune.graph.handlers.constants import mapped
from tfprune.graph.handlers.registry import handles


@handles(
    "Absolute",
    "Cast",
    "Ceil",
    "Celu",
    "Clip",
    "Cos",
    "Elu",
    "Erf",
    "Exp",
    "Expm1",
    "Floor",
    "Gelu",
    "HardShrink",
    "HardSigmoid",
    "HardSilu",
    "HardTanh",
    "LeakyRelu",
    "Log",
    "Log1p",
    "LogSigmoid",
    "Negative",
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
    "SoftShrink",
    "Softplus",
    "Softsign",
    "Sqrt",
    "Square",
    "Squareplus",
    "StopGradient",
    "Tanh",
    "TanhShrink",
    "Threshold",
)
def elementwise_operation(
    operation: Any, inputs: Sequence[ChannelTensor], channels: Channels
) -> Binding:
    return Binding(output=inputs[0].ids, constants=mapped(operation))
