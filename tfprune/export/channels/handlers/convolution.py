"""Convolutions."""

import numpy as np

from tfprune.export.channels.binding import Binding, Kept, OperandAxis
from tfprune.export.channels.handlers.fused import finished
from tfprune.export.channels.handlers.last_axis import along_last, at_last
from tfprune.export.channels.handlers.registry import handles
from tfprune.export.channels.handlers.weighing import (
    WeightedSum,
    bias_values,
)
from tfprune.export.channels.ranges import Range
from tfprune.export.channels.step import Step
from tfprune.export.flatbuffer.schema import schema
from tfprune.graph.binding import UncoveredError
from tfprune.graph.channels import Channels, Ids


@handles("CONV_2D")
def convolution(step: Step, channels: Channels) -> Binding:
    x, weights = step.value(0), step.weights(1)
    count, height, width, depth = weights.shape
    rows = channels.new(count)
    ids, bounds = along_last(x, channels)
    groups, rest = divmod(len(ids), depth)
    if rest:
        raise UncoveredError("its filters do not fit the channels")
    if groups > 1:
        return grouped(step, channels, ids, rows, groups)
    padded = is_padded(step, (height, width))
    found = WeightedSum(step, x, ids, bounds, weights, (0, 3), rows, 2, padded)
    return bound(step, found, (0, 3))


def bound(step: Step, found: WeightedSum, layout: tuple[int, int]) -> Binding:
    """The binding of a weighted sum whose results lie on the last axis."""
    found.check()
    read = found.read()
    weighs = found.weighs if found.is_hybrid else read.weighs
    result = found.range(weighs)
    axes = [
        OperandAxis(found.weights.position, layout[0], found.rows),
        OperandAxis(found.weights.position, layout[1], found.ids),
    ]
    if found.bias is not None:
        axes.append(OperandAxis(found.bias.position, 0, found.rows))
    rank = len(step.output.shape)
    return Binding(
        outputs=[
            (
                at_last(found.rows, rank),
                finished(step, result.moved(lambda a: at_last(a, rank))),
            )
        ],
        axes=axes,
        reads=[read],
    )


def grouped(
    step: Step, channels: Channels, ids: Ids, rows: Ids, groups: int
) -> Binding:
    """A convolution whose groups read different channels.

    All groups lose the same positions, since they must stay equally wide.
    """
    members = ids.reshape(groups, -1)
    channels.tie(members, np.broadcast_to(members[:1], members.shape))
    results = rows.reshape(groups, -1)
    channels.tie(results, np.broadcast_to(results[:1], results.shape))
    channels.freeze(ids, "goes into a convolution of several groups")
    axes = [OperandAxis(1, 0, rows), OperandAxis(1, 3, members[0])]
    if step.operand(2) is not None:
        axes.append(OperandAxis(2, 0, rows))
    rank = len(step.output.shape)
    return Binding(
        outputs=[(at_last(rows, rank), finished(step, Range.unknown(rank)))],
        axes=axes,
    )


@handles("CONV_3D")
def convolution_3d(step: Step, channels: Channels) -> Binding:
    x, weights = step.value(0), step.weights(1)
    rows = channels.new(weights.shape[4])
    ids, bounds = along_last(x, channels)
    padded = is_padded(step, weights.shape[:3])
    found = WeightedSum(step, x, ids, bounds, weights, (4, 3), rows, 2, padded)
    return bound(step, found, (4, 3))


@handles("TRANSPOSE_CONV")
def transposed_convolution(step: Step, channels: Channels) -> Binding:
    size, x, weights = step.operand(0), step.value(2), step.weights(1)
    if size is None:
        raise UncoveredError("its output shape is missing")
    rows = channels.new(weights.shape[0])
    ids, bounds = along_last(x, channels)
    found = WeightedSum(step, x, ids, bounds, weights, (0, 3), rows, 3, True)

    def rewrite(kept: Kept) -> dict[int, list[int]]:
        return {0: [*size.integers()[:-1], int(kept(rows).sum())]}

    binding = bound(step, found, (0, 3))
    return Binding(binding.outputs, binding.axes, binding.reads, rewrite)


@handles("DEPTHWISE_CONV_2D")
def depthwise_convolution(step: Step, channels: Channels) -> Binding:
    x, weights, bias = step.value(0), step.weights(1), step.operand(2)
    _, height, width, count = weights.shape
    ids, bounds = along_last(x, channels)
    multiplier, rest = divmod(count, len(ids))
    if rest:
        raise UncoveredError("its filters do not fit the channels")
    rows = np.repeat(ids, multiplier)
    bounds = bounds.moved(lambda array: np.repeat(array, multiplier))
    if bias is not None and len(bias.shape) != 1:
        raise UncoveredError("its bias has several axes")
    if step.is_hybrid(x, weights):
        zero = bounds.is_zero
        bounds = Range(
            np.where(zero, 0.0, -np.inf), np.where(zero, 0.0, np.inf), zero
        )
        channels.freeze(
            rows[~bounds.is_zero],
            "is quantized while it runs, by the range of all channels",
        )
    if is_padded(step, (height, width)):
        bounds = bounds.hull(0.0)
    axes = [OperandAxis(1, 3, rows)]
    if bias is not None:
        axes.append(OperandAxis(2, 0, rows))
    rank = len(step.output.shape)
    found = filtered(step, bounds)
    return Binding(
        outputs=[
            (
                at_last(rows, rank),
                finished(step, found.moved(lambda a: at_last(a, rank))),
            )
        ],
        axes=axes,
    )


def filtered(step: Step, bounds: Range) -> Range:
    """Bounds of sums over the positions of each channel by itself."""
    weights, bias = step.weights(1), step.operand(2)
    count = weights.shape[-1]
    taps = weights.real.reshape(-1, count)
    above, below = np.maximum(taps, 0).sum(0), np.minimum(taps, 0).sum(0)
    start = np.zeros(count)
    if bias is not None:
        start = bias_values(bias, count)
    with np.errstate(invalid="ignore"):
        upper = nothing_times(above, bounds.upper) + nothing_times(
            below, bounds.lower
        )
        lower = nothing_times(above, bounds.lower) + nothing_times(
            below, bounds.upper
        )
    lower, upper = lower + start, upper + start
    weighs = (taps != 0).any(axis=0)
    return Range(
        np.where(np.isnan(lower), -np.inf, lower),
        np.where(np.isnan(upper), np.inf, upper),
        bounds.constant | ~weighs,
    )


def nothing_times(weights: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Products in which no weight takes nothing of an infinite range."""
    return np.multiply(
        weights, ends, out=np.zeros(len(weights)), where=weights != 0
    )


def is_padded(step: Step, kernel: tuple[int, ...]) -> bool:
    """Whether some windows reach over the border."""
    options = step.operator.options
    if options.padding == schema.Padding.VALID:
        return False
    names = ("D", "H", "W")[-len(kernel) :]
    sizes = step.value(0).shape[1:-1]
    for name, size, taps in zip(names, sizes, kernel, strict=True):
        stride = getattr(options, f"stride{name}")
        reach = (taps - 1) * getattr(options, f"dilation{name}Factor") + 1
        steps = -(-size // stride)
        if (steps - 1) * stride + reach > size:
            return True
    return False
