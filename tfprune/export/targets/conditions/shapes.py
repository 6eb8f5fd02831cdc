"""Conditions on shapes."""

from collections.abc import Mapping, Sequence

from tfprune.export.flatbuffer.model import Operator
from tfprune.export.targets.conditions.condition import (
    activations_of,
    condition,
)


def is_vector(shape: Sequence[int]) -> bool:
    """Whether at most one axis, the last, has more than one entry."""
    return all(size == 1 for size in shape[:-1])


@condition
def static_shapes(operator: Operator, value: bool) -> bool:
    """No size is left open."""
    return all(
        all(size >= 0 for size in (*x.shape, *(x.shape_signature or ())))
        for x in activations_of(operator)
    )


@condition
def inner_axes(operator: Operator, value: int) -> bool:
    """Only so many of the last axes have more than one entry."""
    return all(
        all(size == 1 for size in tensor.shape[:-value])
        for tensor in activations_of(operator)
    )


@condition
def rank_at_most(operator: Operator, value: int) -> bool:
    """No tensor that is computed has more axes."""
    return all(len(x.shape) <= value for x in activations_of(operator))


@condition
def input_rank(operator: Operator, value: Mapping[str, list[int]]) -> bool:
    """The inputs at these positions have one of these numbers of axes."""
    for position, ranks in value.items():
        index = int(position)
        tensor = (
            operator.inputs[index] if index < len(operator.inputs) else None
        )
        if tensor is not None and len(tensor.shape) not in ranks:
            return False
    return True


@condition
def vector_output(operator: Operator, value: bool) -> bool:
    """The output is a vector."""
    return is_vector(operator.outputs[0].shape)


@condition
def elements_at_most(operator: Operator, value: int) -> bool:
    """The output has no more elements."""
    return operator.outputs[0].size <= value


@condition
def alpha_vector(operator: Operator, value: int) -> bool:
    """The input at this position is a vector."""
    tensor = operator.inputs[value]
    return tensor is None or is_vector(tensor.shape)


@condition
def resize_factor_at_most(operator: Operator, value: float) -> bool:
    """Neither height nor width grows by more than this factor."""
    source, result = operator.inputs[0], operator.outputs[0]
    if source is None or len(source.shape) != 4:
        return True
    return all(
        after <= value * before
        for before, after in zip(
            source.shape[1:3], result.shape[1:3], strict=True
        )
    )


@condition
def squeezes_leading(operator: Operator, value: bool) -> bool:
    """Only leading axes are taken away."""
    source, result = operator.inputs[0], operator.outputs[0]
    if source is None:
        return True
    removed = len(source.shape) - len(result.shape)
    return source.shape[removed:] == result.shape


@condition
def one_covers_the_other(operator: Operator, value: bool) -> bool:
    """Of two inputs of one rank, one is nowhere the smaller."""
    shapes = [x.shape for x in operator.inputs if x is not None]
    if len(shapes) != 2 or len(shapes[0]) != len(shapes[1]):
        return True
    pairs = list(zip(*shapes, strict=True))
    return all(a >= b for a, b in pairs) or all(a <= b for a, b in pairs)


@condition
def depth_multiplier(operator: Operator, value: int) -> bool:
    """A depthwise convolution makes one output of each input channel."""
    source, result = operator.inputs[0], operator.outputs[0]
    if source is None:
        return True
    if not source.shape or not result.shape:
        return False
    depth = source.shape[-1]
    return depth == 1 or result.shape[-1] == value * depth
