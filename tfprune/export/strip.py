"""Removes from a flatbuffer the channels that do nothing."""

from collections.abc import Mapping

import numpy as np

from tfprune.errors import InvalidInputError
from tfprune.export.channels.binding import Read
from tfprune.export.channels.liveness import (
    kept_ids,
    live_classes,
    reads_of,
    shortened_producers,
)
from tfprune.export.channels.measurement import measure
from tfprune.export.channels.removal import remove
from tfprune.export.channels.separation import separate_constants
from tfprune.export.channels.trace import ChannelGraph, trace_channels
from tfprune.export.error_line import error_line
from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.inspection.macs import count_macs
from tfprune.export.passes.equal_buffers import share_equal_buffers
from tfprune.export.passes.operator_versions import set_operator_versions
from tfprune.export.passes.unpacked_constants import share_unpacked_constants
from tfprune.export.passes.unused import remove_unused
from tfprune.export.running.trial_runs import TrialRuns
from tfprune.export.strip_report import StripReport
from tfprune.graph.channels import Mask


def strip_flatbuffer(
    model: FlatbufferModel, trials: TrialRuns | None = None
) -> StripReport:
    """Removes the channels that do nothing from a flatbuffer.

    A channel is dead when nothing that the outputs depend on reads it with a
    weight other than zero, or when it is constant whatever the input (zero
    weights; or an activation that cuts off all that its weights and the range
    of its inputs can give) and its constant is zero or can go into the next
    bias. Operators without a handler freeze the channels around them.

    Args:
        model: The model; it is changed. What it computes is not: floats
            within rounding, integers to the last bit.
        trials: Runs the model to see what its constant channels hold; by
            default a process is started for that.

    Returns:
        What was removed and what could not be.

    Example:

    ```python
    model = read_tflite("model.tflite")
    print(strip_flatbuffer(model))
    ```
    """
    before = size_of(model), macs_of(model)
    separated = sum(map(separate_constants, model.subgraphs))
    graphs = [trace_channels(subgraph) for subgraph in model.subgraphs]
    warnings: tuple[str, ...] = ()
    constants: dict[Read, np.ndarray] = {}
    reads = absorbing_reads(graphs[0])
    try:
        if trials is not None:
            constants = measure(model, reads, trials)
        elif reads:
            with TrialRuns() as own:
                constants = measure(model, reads, own)
    except InvalidInputError as error:
        warnings = (
            "What constant channels hold could not be measured, so they "
            f"stay unless they are zero: {error_line(error)}",
        )
    channels: dict[str, tuple[int, int]] = {}
    frozen: dict[str, str] = {}
    absorbed = 0
    for graph in graphs:
        values = constants if graph is graphs[0] else {}
        live = live_classes(graph, spared_by(graph, values))
        taken = taken_in(graph, live, values)
        absorbed += len(
            {
                label
                for read, found in taken.items()
                for label in graph.labels[read.ids[found != 0]].tolist()
            }
        )
        channels.update(shortened_producers(graph, live))
        for _, reason in graph.frozen:
            if reason.reason != "model output":
                frozen.setdefault(reason.layer, reason.reason)
        remove(graph, live, taken)
    if separated:
        share_equal_buffers(model)
        share_unpacked_constants(model)
        remove_unused(model)
    if channels:
        set_operator_versions(model)
    return StripReport(
        channels=channels,
        absorbed=absorbed,
        bytes_before=before[0],
        bytes_after=size_of(model),
        macs_before=before[1],
        macs_after=macs_of(model),
        frozen=frozen,
        warnings=warnings,
    )


def absorbing_reads(graph: ChannelGraph) -> list[Read]:
    """The sums that can take constants into their bias, and read some."""
    return [
        read
        for read in reads_of(graph)
        if read.absorb is not None and (read.constant & ~read.zero).any()
    ]


def spared_by(
    graph: ChannelGraph, constants: Mapping[Read, np.ndarray]
) -> list[Mask]:
    """For each sum, in order, the channels that it need not read."""
    return [
        read.zero | np.isfinite(constants[read])
        if read in constants
        else read.zero
        for read in reads_of(graph)
    ]


def taken_in(
    graph: ChannelGraph, live: Mask, constants: Mapping[Read, np.ndarray]
) -> dict[Read, np.ndarray]:
    """What sums take into their bias, for `remove`."""
    kept = kept_ids(graph, live)
    taken = {}
    for read, values in constants.items():
        constant = np.isfinite(values) & ~read.zero
        found = np.where(constant & ~kept[read.ids], values, 0)
        if found.any():
            taken[read] = found
    return taken


def size_of(model: FlatbufferModel) -> int:
    """Bytes of the constants; what tensors share counts once."""
    arrays = {
        id(tensor.data): tensor.num_bytes
        for tensor in model.tensors
        if tensor.data is not None
    }
    return sum(arrays.values())


def macs_of(model: FlatbufferModel) -> int:
    """Multiply-accumulates of all operators."""
    return sum(count_macs(operator) or 0 for operator in model.operators)
