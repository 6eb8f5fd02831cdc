"""Channels that only the rounding of hybrid operators keeps alive."""

from tfprune.export.channels.liveness import (
    live_classes,
    reads_of,
    shortened_producers,
)
from tfprune.export.channels.trace import trace_channels
from tfprune.export.flatbuffer.model import FlatbufferModel, Operator

SCALED = frozenset({"INT4", "INT8"})


def hidden_channels(model: FlatbufferModel) -> int:
    """Counts the channels that were dead before a model was quantized.

    Where float inputs meet integer weights, the runtime rounds the inputs by
    the range of all channels. Those that nobody reads take part in it, and
    cannot go without a trace: they had to go before.

    Args:
        model: A stripped model.

    Returns:
        How many channels the float model could lose besides.

    Example:

    ```python
    hidden_channels(read_tflite("dynamic.tflite"))
    ```
    """
    if not any(map(may_be_hybrid, model.main.operators)):
        return 0
    graph = trace_channels(model.main, in_floats=True)
    spared = [
        read.zero if read.absorb is None else read.zero | read.constant
        for read in reads_of(graph)
    ]
    live = live_classes(graph, spared)
    found = shortened_producers(graph, live).values()
    return sum(before - after for before, after in found)


def may_be_hybrid(operator: Operator) -> bool:
    """Whether an operator has float inputs and constants of scaled integers."""
    given = [x for x in operator.inputs if x is not None]
    return any(
        x.dtype == "FLOAT32" and not x.is_constant for x in given
    ) and any(x.dtype in SCALED and x.is_constant for x in given)
