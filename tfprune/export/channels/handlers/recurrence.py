"""Recurrent layers that run as one operator."""

import numpy as np

from tfprune.export.channels.binding import Binding, OperandAxis, Read
from tfprune.export.channels.handlers.last_axis import along_last, at_last
from tfprune.export.channels.handlers.registry import handles
from tfprune.export.channels.operand import Operand
from tfprune.export.channels.ranges import Range
from tfprune.export.channels.step import Step
from tfprune.graph.binding import UncoveredError
from tfprune.graph.channels import Channels

# Positions of the inputs of an LSTM, as its kernel counts them.
INPUT_WEIGHTS = range(1, 5)
RECURRENT_WEIGHTS = range(5, 9)
BIASES = range(12, 16)
STATES = (18, 19)
OPTIONAL = (9, 10, 11, 16, 17, 20, 21, 22, 23)


@handles("UNIDIRECTIONAL_SEQUENCE_LSTM")
def lstm(step: Step, channels: Channels) -> Binding:
    x = step.value(0)
    given = [i for i, x in enumerate(step.inputs) if x is not None]
    if not set(OPTIONAL).isdisjoint(given):
        raise UncoveredError("has peepholes, a projection or a normalization")
    if not all(isinstance(step.inputs[i], Operand) for i in STATES):
        raise UncoveredError("is given its state")
    units = channels.new(step.weights(RECURRENT_WEIGHTS[-1]).shape[0])
    ids, bounds = along_last(x, channels)
    axes = [OperandAxis(i, 0, units) for i in BIASES if step.operand(i)]
    reads = []
    for positions, entering in (
        (INPUT_WEIGHTS, ids),
        (RECURRENT_WEIGHTS, units),
    ):
        used = [i for i in positions if step.inputs[i] is not None]
        axes += [OperandAxis(i, 0, units) for i in used]
        axes += [OperandAxis(i, 1, entering) for i in used]
        from_input = positions is INPUT_WEIGHTS
        nothing = np.zeros(len(entering), bool)
        weighs = np.logical_or.reduce(
            [step.weights(i).offsets != 0 for i in used]
        )
        if step.is_hybrid(x, step.weights(used[-1])):
            weighs = np.ones_like(weighs)
        reads.append(
            Read(
                source=x,
                ids=entering,
                rows=units,
                weighs=weighs,
                zero=bounds.is_zero if from_input else nothing,
                constant=bounds.constant if from_input else nothing,
                absorb=None,
                bias_position=0,
            )
        )
    axes += [OperandAxis(i, 1, units) for i in STATES]
    rank = len(step.output.shape)
    return Binding(
        [(at_last(units, rank), Range.unknown(rank))], axes=axes, reads=reads
    )
