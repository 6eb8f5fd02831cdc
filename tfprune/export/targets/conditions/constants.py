"""Conditions on the constants of an operator."""

from collections.abc import Mapping, Sequence

import numpy as np

from tfprune.export.flatbuffer.model import Operator
from tfprune.export.flatbuffer.tensor import NUMPY_TYPES, Tensor
from tfprune.export.targets.conditions.condition import (
    condition,
    constant_of,
    tensors_of,
)


def numbers(tensor: Tensor) -> np.ndarray:
    """The stored numbers of a constant, flat; bytes where they are packed."""
    data = np.zeros(0, np.uint8) if tensor.data is None else tensor.data
    return data.view(NUMPY_TYPES.get(tensor.dtype, np.dtype("uint8")))


def chosen_axes(operator: Operator, position: int) -> set[int] | None:
    """Axes that a constant input names, from 0; None where it is computed."""
    tensor = constant_of(operator, position)
    source = operator.inputs[0]
    if tensor is None or source is None:
        return None
    rank = len(source.shape)
    return {int(axis) % rank for axis in numbers(tensor)} if rank else set()


@condition
def constant_inputs(operator: Operator, value: Sequence[int]) -> bool:
    """The inputs at these positions are constants, or left out."""
    return all(
        position >= len(operator.inputs)
        or operator.inputs[position] is None
        or constant_of(operator, position) is not None
        for position in value
    )


@condition
def computed_inputs(operator: Operator, value: Sequence[int]) -> bool:
    """The inputs at these positions are no constants."""
    return all(constant_of(operator, position) is None for position in value)


@condition
def finite_scales(operator: Operator, value: bool) -> bool:
    """Every scale is a number above zero."""
    scales = [
        tensor.quantization.scales
        for tensor in tensors_of(operator)
        if tensor.quantization is not None
    ]
    return all(bool((np.isfinite(x) & (x > 0)).all()) for x in scales)


@condition
def one_scale(operator: Operator, value: Mapping[str, str]) -> bool:
    """Weights of a type have one scale, under inputs of a type."""
    weights, source = constant_of(operator, 1), operator.inputs[0]
    return (
        weights is None
        or source is None
        or weights.dtype != value["weights"]
        or source.dtype != value["input"]
        or weights.quantization is None
        or weights.quantization.scales.size < 2
    )


@condition
def keeps_axes(operator: Operator, value: Sequence[int]) -> bool:
    """The reduction, its axes known, leaves these axes alone."""
    axes = chosen_axes(operator, 1)
    return axes is not None and axes.isdisjoint(value)


@condition
def reduced_depth_multiple(operator: Operator, value: int) -> bool:
    """If the last axis is reduced, its size is a multiple of this."""
    axes, source = chosen_axes(operator, 1), operator.inputs[0]
    if axes is None or source is None or not source.shape:
        return True
    last = len(source.shape) - 1
    return last not in axes or source.shape[last] % value == 0


@condition
def constant_axes(operator: Operator, value: str) -> bool:
    """The axes are a constant of this type."""
    tensor = constant_of(operator, 1)
    return tensor is not None and tensor.dtype == value


@condition
def unpadded_axes(operator: Operator, value: Sequence[int]) -> bool:
    """A padding, its amounts known, adds nothing along these axes."""
    tensor = constant_of(operator, 1)
    if tensor is None:
        return False
    amounts = numbers(tensor).reshape(-1, 2)
    # Batch is missing from tensors of fewer axes.
    return len(amounts) < 4 or not amounts[list(value)].any()


@condition
def joins_zeros_only(operator: Operator, value: bool) -> bool:
    """A constant is joined to one other input, and is all zero."""
    constants = [x for x in operator.inputs if x is not None and x.is_constant]
    if not constants:
        return True
    return len(operator.inputs) == 2 and all(
        bool((numbers(x) == (x.zero_point() or 0)).all()) for x in constants
    )


@condition
def constant_elements(operator: Operator, value: Sequence[int]) -> bool:
    """The constant at input 1 has one of these numbers of elements."""
    tensor = constant_of(operator, 1)
    return tensor is not None and tensor.size in value


@condition
def unit_strides(operator: Operator, value: int) -> bool:
    """The constant at this position holds nothing but 1."""
    tensor = constant_of(operator, value)
    return tensor is not None and bool((numbers(tensor) == 1).all())


@condition
def dense_weights(operator: Operator, value: int) -> bool:
    """Integer weights under float inputs are stored with their zeros."""
    tensor, source = constant_of(operator, value), operator.inputs[0]
    return (
        tensor is None
        or tensor.sparsity is None
        or tensor.dtype != "INT8"
        or source is None
        or source.dtype != "FLOAT32"
    )
