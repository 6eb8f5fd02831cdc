"""Activations that are part of another operator."""

import numpy as np

from tfprune.export.channels.ranges import MARGIN, Range
from tfprune.export.channels.step import Step
from tfprune.export.flatbuffer.schema import schema

KINDS = schema.ActivationFunctionType
ENDS = {
    KINDS.RELU: (0.0, np.inf),
    KINDS.RELU_N1_TO_1: (-1.0, 1.0),
    KINDS.RELU6: (0.0, 6.0),
}


def finished(step: Step, found: Range) -> Range:
    """The range of an output, given that of the sum or product before.

    Args:
        step: The operator; what it computes ends with its activation, and
            with the rounding of its output.
        found: The range before.
    """
    kind = getattr(step.operator.options, "fusedActivationFunction", KINDS.NONE)
    if kind in ENDS:
        found = found.clipped(*ENDS[kind], MARGIN)
    elif kind == KINDS.TANH:
        found = found.mapped(np.tanh)
    elif kind != KINDS.NONE:
        found = found.somewhere()
    return found.fitted(step.output)
