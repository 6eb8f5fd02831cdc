"""The integers that a layer between signs computes with."""

from tfprune.export.flatbuffer.model import Operator
from tfprune.export.flatbuffer.schema import schema
from tfprune.export.flatbuffer.tensor import Tensor

# Signs are stored as 2 and -2, so that a half is a whole number: a threshold
# between two sums.
SIGN, SIGN_SCALE = 2, 0.5
# One step of the sum is then four of the output, and clipping leaves a sign.
WEIGHT_SCALE = 2.0
BIAS_SCALE = SIGN_SCALE * WEIGHT_SCALE
CLIP = schema.ActivationFunctionType.RELU_N1_TO_1

# Behind real numbers, whole weights are doubled in place of the signs.
LARGEST = 63
LAYERS = frozenset({"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"})


def is_integer_layer(operator: Operator) -> bool:
    """Whether an operator computes signs of sums of signs.

    Args:
        operator: Any operator.
    """
    if operator.name not in LAYERS or len(operator.inputs) != 3:
        return False
    source, kernel, bias = operator.inputs
    return (
        operator.options.fusedActivationFunction == CLIP
        and holds(source, {"INT8"}, SIGN_SCALE)
        and holds(kernel, {"INT2", "INT4", "INT8"}, WEIGHT_SCALE)
        and holds(bias, {"INT32"}, BIAS_SCALE)
        and holds(operator.outputs[0], {"INT8"}, SIGN_SCALE)
    )


def holds(tensor: Tensor | None, dtypes: set[str], scale: float) -> bool:
    """Whether a tensor holds integers of one scale around zero."""
    return (
        tensor is not None
        and tensor.dtype in dtypes
        and tensor.scale() == scale
        and tensor.zero_point() == 0
    )
