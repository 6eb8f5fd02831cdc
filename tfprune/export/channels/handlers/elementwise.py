"""Operators on numbers at the same position of several tensors."""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import TypeAlias

import numpy as np

from tfprune.export.channels.binding import Binding, OperandAxis
from tfprune.export.channels.handlers.fused import finished
from tfprune.export.channels.handlers.registry import handles
from tfprune.export.channels.operand import Operand
from tfprune.export.channels.ranges import Range
from tfprune.export.channels.step import Step
from tfprune.export.channels.value import Value
from tfprune.graph.binding import UncoveredError
from tfprune.graph.channels import CONSTANT, Channels, Ids
from tfprune.graph.layout import broadcast_rank

Combine: TypeAlias = Callable[[Range, Range], Range]


def added(first: Range, second: Range) -> Range:
    """The range of a sum."""
    return Range(
        first.lower + second.lower,
        first.upper + second.upper,
        first.constant & second.constant,
    )


def subtracted(first: Range, second: Range) -> Range:
    """The range of a difference."""
    return Range(
        first.lower - second.upper,
        first.upper - second.lower,
        first.constant & second.constant,
    )


def multiplied(first: Range, second: Range) -> Range:
    """The range of a product; zero times anything is zero."""
    with np.errstate(invalid="ignore"):
        corners = [
            np.nan_to_num(one * two, nan=0.0, posinf=np.inf, neginf=-np.inf)
            for one in (first.lower, first.upper)
            for two in (second.lower, second.upper)
        ]
    zero = first.is_zero | second.is_zero
    return Range(
        np.where(zero, 0.0, reduce(np.minimum, corners)),
        np.where(zero, 0.0, reduce(np.maximum, corners)),
        zero | (first.constant & second.constant),
    )


def largest(first: Range, second: Range) -> Range:
    """The range of the larger one."""
    return Range(
        np.maximum(first.lower, second.lower),
        np.maximum(first.upper, second.upper),
        first.constant & second.constant,
    )


def smallest(first: Range, second: Range) -> Range:
    """The range of the smaller one."""
    return Range(
        np.minimum(first.lower, second.lower),
        np.minimum(first.upper, second.upper),
        first.constant & second.constant,
    )


def unfollowed(first: Range, second: Range) -> Range:
    """The range of what is known only to be a function of both."""
    return Range(
        first.somewhere().lower + 0 * second.constant,
        first.somewhere().upper + 0 * second.constant,
        first.constant & second.constant,
    )


COMBINATIONS: dict[str, Combine] = {
    "ADD": added,
    "ADD_N": added,
    "DIV": unfollowed,
    "EQUAL": unfollowed,
    "FLOOR_DIV": unfollowed,
    "FLOOR_MOD": unfollowed,
    "GREATER": unfollowed,
    "GREATER_EQUAL": unfollowed,
    "LESS": unfollowed,
    "LESS_EQUAL": unfollowed,
    "LOGICAL_AND": unfollowed,
    "LOGICAL_OR": unfollowed,
    "MAXIMUM": largest,
    "MINIMUM": smallest,
    "MUL": multiplied,
    "NOT_EQUAL": unfollowed,
    "POW": unfollowed,
    "SELECT_V2": unfollowed,
    "SQUARED_DIFFERENCE": unfollowed,
    "SUB": subtracted,
}


@handles(*COMBINATIONS)
def elementwise(step: Step, channels: Channels) -> Binding:
    ids = merged(step.values, step.output.shape, channels)
    axes = with_channels(step, ids)
    shape = ids.shape
    ranges = [
        range_of(x, len(shape)).conformed(shape)
        for x in step.inputs
        if x is not None
    ]
    combine = COMBINATIONS[step.operator.name]
    found = reduce(combine, ranges)
    known = found.conformed(shape)
    return Binding([(ids, finished(step, without_nan(known)))], axes=axes)


@handles("PRELU")
def prelu(step: Step, channels: Channels) -> Binding:
    x = step.value(0)
    slopes = range_of(step.weights(1), x.rank).conformed(x.ids.shape)
    found = multiplied(x.range, slopes)
    ends = largest(x.range, found), smallest(x.range, found)
    constant = x.range.constant & slopes.constant
    result = Range(ends[1].lower, ends[0].upper, constant)
    axes = with_channels(step, x.ids)
    return Binding([(x.ids, finished(step, without_nan(result)))], axes=axes)


def merged(
    values: Sequence[Value], shape: tuple[int, ...], channels: Channels
) -> Ids:
    """Ties what meets at the same position; returns the ids of the result.

    Args:
        values: The computed inputs.
        shape: Shape of the output.
        channels: The ids' owner.

    Raises:
        UncoveredError: When channels lie on different axes.
    """
    rank = len(shape)
    result = np.full((1,) * rank, CONSTANT)
    along = {
        x.channel_axis + rank - x.rank
        for x in values
        if x.channel_axis is not None
    }
    if not along:
        return result
    if len(along) > 1:
        raise UncoveredError("combines channels that lie on different axes")
    (axis,) = along
    for x in values:
        ids = broadcast_rank(x.ids, rank)
        sizes = (1,) * (rank - x.rank) + x.shape
        if is_open(x, axis - rank):
            raise UncoveredError("combines tensors of open size")
        if sizes[axis] > 1:
            if result.size > 1:
                channels.tie(result, ids)
            elif ids.size == 1:
                ids = np.moveaxis(
                    np.full((sizes[axis],) + (1,) * (rank - 1), CONSTANT),
                    0,
                    axis,
                )
            result = ids if result.size == 1 else result
    return result


def is_open(x: Value, axis: int) -> bool:
    """Whether only the run knows the size of an axis, counted from the end."""
    signature = x.tensor.shape_signature
    return (
        signature is not None
        and -axis <= len(signature)
        and (signature[axis] == -1)
    )


def with_channels(step: Step, ids: Ids) -> list[OperandAxis]:
    """The axes of constants that meet the channels of a result."""
    long = [i for i, size in enumerate(ids.shape) if size > 1]
    axes = []
    for position, x in enumerate(step.inputs):
        if isinstance(x, Operand) and long:
            axis = long[0] - (ids.ndim - len(x.shape))
            if axis >= 0 and x.shape[axis] > 1:
                step.operand(position)
                axes.append(OperandAxis(position, axis, ids.ravel()))
    return axes


def range_of(x: Value | Operand, rank: int) -> Range:
    """The range of an input, with leading axes up to a rank."""
    if isinstance(x, Value):
        return x.range.moved(lambda array: broadcast_rank(array, rank))
    if not x.is_readable:
        return Range.unknown(rank)
    numbers = broadcast_rank(np.asarray(x.real), rank)
    return Range(numbers, numbers, np.ones(numbers.shape, bool))


def without_nan(found: Range) -> Range:
    """A range whose bounds are open where infinities met."""
    return Range(
        np.where(np.isnan(found.lower), -np.inf, found.lower),
        np.where(np.isnan(found.upper), np.inf, found.upper),
        found.constant,
    )
