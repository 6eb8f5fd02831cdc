"""What a version of an operator depends on: types, shapes, settings."""

from collections.abc import Callable

from tfprune.export.flatbuffer.model import Operator
from tfprune.export.flatbuffer.tensor import Tensor

Condition = Callable[[Operator], bool]


def input_at(operator: Operator, position: int) -> Tensor | None:
    """An input; None where it is left out or the list is shorter."""
    if position >= len(operator.inputs):
        return None
    return operator.inputs[position]


def always(operator: Operator) -> bool:
    """Holds for every operator."""
    return True


def reads(*dtypes: str, position: int = 0) -> Condition:
    """Holds where an input has one of these TFLite types."""

    def condition(operator: Operator) -> bool:
        tensor = input_at(operator, position)
        return tensor is not None and tensor.dtype in dtypes

    return condition


def writes(*dtypes: str, position: int = 0) -> Condition:
    """Holds where an output has one of these TFLite types."""

    def condition(operator: Operator) -> bool:
        outputs = operator.outputs
        return position < len(outputs) and outputs[position].dtype in dtypes

    return condition


def option(name: str) -> Condition:
    """Holds where a setting of the operator is neither zero nor absent."""

    def condition(operator: Operator) -> bool:
        return bool(getattr(operator.options, name, 0))

    return condition


def every(*conditions: Condition) -> Condition:
    """Holds where all of them hold."""
    return lambda operator: all(item(operator) for item in conditions)


def either(*conditions: Condition) -> Condition:
    """Holds where one of them holds."""
    return lambda operator: any(item(operator) for item in conditions)


def opposite(condition: Condition) -> Condition:
    """Holds where the other one does not."""
    return lambda operator: not condition(operator)


def typed(source: str, weights: str, result: str) -> Condition:
    """Holds for these types of input, weights (input 1) and output."""
    return every(reads(source), reads(weights, position=1), writes(result))


def rank_above(rank: int, position: int = 0) -> Condition:
    """Holds where an input has more axes than this."""

    def condition(operator: Operator) -> bool:
        tensor = input_at(operator, position)
        return tensor is not None and len(tensor.shape) > rank

    return condition


def broadcasts_above(rank: int) -> Condition:
    """Holds for inputs of different shapes, one with more axes than this."""

    def condition(operator: Operator) -> bool:
        shapes = [x.shape for x in operator.inputs if x is not None]
        return (
            len(shapes) > 1
            and shapes[0] != shapes[1]
            and max(map(len, shapes)) > rank
        )

    return condition


def scaled_per_channel(position: int, axis: int) -> Condition:
    """Holds where an input has a scale for each entry of an axis."""

    def condition(operator: Operator) -> bool:
        tensor = input_at(operator, position)
        return has_scale_for_each(tensor, axis)

    return condition


def has_one_row(position: int) -> Condition:
    """Holds where the first axis of an input has a single entry."""

    def condition(operator: Operator) -> bool:
        tensor = input_at(operator, position)
        return tensor is not None and tensor.shape[:1] == (1,)

    return condition


def has_scale_for_each(tensor: Tensor | None, axis: int) -> bool:
    """Whether a tensor has as many scales as an axis has entries."""
    if tensor is None or tensor.quantization is None or not tensor.shape:
        return False
    count = tensor.quantization.scales.size
    return 0 < count == tensor.shape[axis]


def spread_over_channels(tensor: Tensor) -> bool:
    """Whether a tensor has several scales, one for each entry of its axis."""
    if tensor.quantization is None or tensor.quantization.scales.size < 2:
        return False
    return has_scale_for_each(tensor, tensor.quantization.axis)


def reads_many_scales(position: int) -> Condition:
    """Holds where an input has several scales."""

    def condition(operator: Operator) -> bool:
        tensor = input_at(operator, position)
        return tensor is not None and spread_over_channels(tensor)

    return condition


def reads_per_channel(operator: Operator) -> bool:
    """Holds where the first input has several scales."""
    tensor = input_at(operator, 0)
    return tensor is not None and spread_over_channels(tensor)


def writes_per_channel(operator: Operator) -> bool:
    """Holds where the first output has several scales."""
    return spread_over_channels(operator.outputs[0])


def reads_scaled(operator: Operator) -> bool:
    """Holds where one of the first two inputs is quantized."""
    return any(
        tensor is not None and tensor.quantization is not None
        for tensor in operator.inputs[:2]
    )


def in_blocks(position: int) -> Condition:
    """Holds where an input has scales for blocks of its rows."""

    def condition(operator: Operator) -> bool:
        tensor = input_at(operator, position)
        return (
            tensor is not None
            and tensor.quantization is not None
            and tensor.quantization.block_scales is not None
        )

    return condition


def sparse(position: int) -> Condition:
    """Holds where an input is stored without its zeros."""

    def condition(operator: Operator) -> bool:
        tensor = input_at(operator, position)
        return tensor is not None and tensor.sparsity is not None

    return condition


def grouped(operator: Operator) -> bool:
    """Holds for a convolution whose filters read a part of the channels."""
    source, filters = input_at(operator, 0), input_at(operator, 1)
    if source is None or filters is None or not source.shape:
        return False
    return source.shape[-1] != filters.shape[-1]


def scales_up(operator: Operator) -> bool:
    """Holds for a product whose integers grow when they are rescaled."""
    tensors = [*operator.inputs[:2], operator.outputs[0]]
    scales = [
        float(tensor.quantization.scales[0])
        for tensor in tensors
        if tensor is not None
        and tensor.quantization is not None
        and tensor.quantization.scales.size
    ]
    if len(scales) < 3 or not all(scales):
        return False
    return scales[0] * scales[1] / scales[2] >= 1.0


def without_bias(operator: Operator) -> bool:
    """Holds where the operator lists two inputs only."""
    return len(operator.inputs) == 2


def with_bias(position: int) -> Condition:
    """Holds where an optional input is there."""
    return lambda operator: input_at(operator, position) is not None
