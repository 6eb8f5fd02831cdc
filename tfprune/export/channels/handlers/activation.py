"""Operators on each number by itself."""

from collections.abc import Callable

import numpy as np

from tfprune.export.channels.binding import Binding
from tfprune.export.channels.handlers.registry import handles
from tfprune.export.channels.ranges import MARGIN, Range
from tfprune.export.channels.step import Step
from tfprune.graph.channels import Channels

ENDS = {
    "RELU": (0.0, np.inf),
    "RELU6": (0.0, 6.0),
    "RELU_N1_TO_1": (-1.0, 1.0),
    "RELU_0_TO_1": (0.0, 1.0),
}


def logistic(x: np.ndarray) -> np.ndarray:
    """The logistic function, without overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * x))


# Functions that never fall.
RISING: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "ELU": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0.0))),
    "EXP": np.exp,
    "LOGISTIC": logistic,
    "TANH": np.tanh,
}

# Functions that give zero for zero.
KEEPS_ZERO = (
    "ABS",
    "CEIL",
    "FLOOR",
    "GELU",
    "HARD_SWISH",
    "LEAKY_RELU",
    "NEG",
    "ROUND",
    "SIGN",
    "SIN",
    "SQRT",
    "SQUARE",
)

OTHERS = ("CAST", "COS", "LOG", "LOGICAL_NOT", "RSQRT")


@handles(*ENDS)
def cut_off(step: Step, channels: Channels) -> Binding:
    x = step.value(0)
    found = x.range.clipped(*ENDS[step.operator.name], MARGIN)
    return Binding([(x.ids, found.fitted(step.output))])


@handles(*RISING)
def rising(step: Step, channels: Channels) -> Binding:
    x = step.value(0)
    found = x.range.mapped(RISING[step.operator.name])
    return Binding([(x.ids, found.fitted(step.output))])


@handles(*KEEPS_ZERO)
def keeping_zero(step: Step, channels: Channels) -> Binding:
    x = step.value(0)
    zero, unknown = x.range.is_zero, x.range.somewhere()
    found = Range(
        np.where(zero, 0.0, unknown.lower),
        np.where(zero, 0.0, unknown.upper),
        unknown.constant,
    )
    return Binding([(x.ids, found.fitted(step.output))])


@handles(*OTHERS)
def other(step: Step, channels: Channels) -> Binding:
    x = step.value(0)
    return Binding([(x.ids, x.range.somewhere())])


@handles("QUANTIZE", "DEQUANTIZE")
def requantized(step: Step, channels: Channels) -> Binding:
    x = step.value(0)
    return Binding([(x.ids, x.range.fitted(step.output))])
