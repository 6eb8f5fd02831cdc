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
# What a product of two float32 scales is off by.
NEARLY = 1e-5
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


def gives_signs(operator: Operator) -> bool:
    """Whether an operator computes signs of sums of int8 numbers.

    Args:
        operator: Any operator.
    """
    if operator.name not in LAYERS or len(operator.inputs) != 3:
        return False
    source, kernel, bias = operator.inputs
    clips = operator.options.fusedActivationFunction == CLIP
    if not clips or not holds(operator.outputs[0], {"INT8"}, SIGN_SCALE):
        return False
    if not holds(kernel, {"INT8"}) or not holds(bias, {"INT32"}, BIAS_SCALE):
        return False
    if source is None or kernel is None or bias is None:
        return False
    if kernel.data is None or bias.data is None:
        return False
    step = (source.scale() or 0.0) * (kernel.scale() or 0.0)
    # Odd numbers are on no threshold, however large their step.
    is_odd = not (kernel.data % 2).any() and (bias.data[::4] % 2).all()
    return bool(is_odd and abs(step - BIAS_SCALE) < NEARLY)


def holds(
    tensor: Tensor | None, dtypes: set[str], scale: float | None = None
) -> bool:
    """Whether a tensor holds integers of one scale around zero.

    Args:
        tensor: A tensor, or None.
        dtypes: The types that it may have.
        scale: The scale; None for any.
    """
    return (
        tensor is not None
        and tensor.dtype in dtypes
        and tensor.scale() is not None
        and scale in (None, tensor.scale())
        and tensor.zero_point() == 0
    )
