"""Removes from a flatbuffer the channels that do nothing."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

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
    with contextlib.ExitStack() as stack:
        if trials is None:
            trials = stack.enter_context(TrialRuns())
        rounds = [strip_once(model, trials)]
        while rounds[-1].leaves_single and rounds[-1].channels:
            # Channels that lay along two axes now lie along one.
            rounds.append(strip_once(model, trials))
    if separated:
        share_equal_buffers(model)
        share_unpacked_constants(model)
        remove_unused(model)
    channels: dict[str, tuple[int, int]] = {}
    for each in rounds:
        for name, (old, new) in each.channels.items():
            channels[name] = channels.get(name, (old, new))[0], new
    if channels:
        set_operator_versions(model)
    return StripReport(
        channels=channels,
        absorbed=sum(each.absorbed for each in rounds),
        bytes_before=before[0],
        bytes_after=size_of(model),
        macs_before=before[1],
        macs_after=macs_of(model),
        frozen={k: v for each in rounds for k, v in each.frozen.items()},
        warnings=tuple(dict.fromkeys(x for y in rounds for x in y.warnings)),
    )


@dataclass(frozen=True)
class Round:
    """What one look at a model removed.

    Attributes:
        channels: Channels before and after, by the tensor that first holds
            them.
        absorbed: Channels whose constant went into a bias.
        frozen: Why channels had to stay.
        warnings: What to know, one sentence each.
        leaves_single: Whether some tensor has one channel left.
    """

    channels: dict[str, tuple[int, int]]
    absorbed: int
    frozen: dict[str, str]
    warnings: tuple[str, ...]
    leaves_single: bool


def strip_once(model: FlatbufferModel, trials: TrialRuns) -> Round:
    """Removes the channels that one look at a model finds dead."""
    graphs = [trace_channels(subgraph) for subgraph in model.subgraphs]
    warnings: tuple[str, ...] = ()
    constants: dict[Read, np.ndarray] = {}
    try:
        constants = measure(model, absorbing_reads(graphs[0]), trials)
    except InvalidInputError as error:
        warnings = (
            "What constant channels hold could not be measured, so they "
            f"stay unless they are zero: {error_line(error)}",
        )
    channels: dict[str, tuple[int, int]] = {}
    frozen: dict[str, str] = {}
    absorbed: set[tuple[int, int]] = set()
    leaves_single = False
    for number, graph in enumerate(graphs):
        values = {} if number else constants
        live = live_classes(graph, spared_by(graph, values))
        taken = taken_in(graph, live, values)
        for read, found in taken.items():
            labels = graph.labels[read.ids[found != 0]].tolist()
            absorbed.update((number, label) for label in labels)
        channels.update(shortened_producers(graph, live))
        kept = kept_ids(graph, live)
        leaves_single |= any(
            value.channel_axis is not None and kept[value.ids].sum() == 1
            for value in graph.values.values()
        )
        for _, reason in graph.frozen:
            if reason.reason != "model output":
                frozen.setdefault(reason.layer, reason.reason)
        remove(graph, live, taken)
    return Round(channels, len(absorbed), frozen, warnings, leaves_single)


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
