"""Removes from a flatbuffer the channels that do nothing."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tfprune.export.channels.binding import Read
from tfprune.export.channels.liveness import live_classes, reads_of
from tfprune.export.channels.measurement import measure
from tfprune.export.channels.removal import remove
from tfprune.export.channels.trace import ChannelGraph, trace_channels
from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.inspection.macs import count_macs
from tfprune.graph.channels import Mask
from tfprune.table import render_table

# Kernels add up floats in different orders.
ROUNDING = 1e-6


@dataclass(frozen=True)
class StripReport:
    """What was removed from a flatbuffer, and what could not be.

    Attributes:
        channels: Channels before and after, by the tensor that first holds
            them; only those that lost some.
        absorbed: Channels whose constant went into a bias.
        bytes_before: Bytes of constants before.
        bytes_after: Bytes of constants after.
        macs_before: Multiply-accumulates of one run before.
        macs_after: Multiply-accumulates of one run after.
        frozen: Why channels had to stay, by the operator that says so.
        difference: Largest difference of the outputs to those before, over
            the largest number; None where they were not compared.
    """

    channels: Mapping[str, tuple[int, int]]
    absorbed: int
    bytes_before: int
    bytes_after: int
    macs_before: int
    macs_after: int
    frozen: Mapping[str, str]
    difference: float | None = None

    @property
    def removed(self) -> int:
        """Number of channels that are gone."""
        return sum(old - new for old, new in self.channels.values())

    @property
    def summary(self) -> str:
        """The gist in one sentence."""
        return (
            f"{self.removed} dead channels removed ({self.absorbed} constants "
            f"absorbed): {self.bytes_before:,} -> {self.bytes_after:,} bytes, "
            f"{self.macs_before:,} -> {self.macs_after:,} MACs."
        )

    def as_dict(self) -> dict[str, Any]:
        """The report as plain data."""
        return {**asdict(self), "removed": self.removed}

    def __str__(self) -> str:
        table = render_table(
            "Channels removed from the flatbuffer",
            ["tensor", "channels", "left"],
            [[name, *counts] for name, counts in self.channels.items()],
        )
        lines = [table, self.summary]
        lines += [f"Kept by '{k}': {v}" for k, v in self.frozen.items()]
        return "\n".join(lines)


def strip_flatbuffer(model: FlatbufferModel) -> StripReport:
    """Removes the channels that do nothing from a flatbuffer.

    A channel is dead when nothing that the outputs depend on reads it with a
    weight other than zero, or when it is constant whatever the input (zero
    weights; or an activation that cuts off all that its weights and the range
    of its inputs can give) and its constant is zero or can go into the next
    bias. Operators without a handler freeze the channels around them.

    Args:
        model: The model; it is changed. What it computes is not: floats
            within rounding, integers to the last bit.

    Returns:
        What was removed and what could not be.

    Example:

    ```python
    model = read_tflite("model.tflite")
    print(strip_flatbuffer(model))
    ```
    """
    before = size_of(model), macs_of(model)
    channels: dict[str, tuple[int, int]] = {}
    frozen: dict[str, str] = {}
    absorbed = 0
    graphs = [trace_channels(subgraph) for subgraph in model.subgraphs]
    constants = measured_constants(model, graphs[0])
    for graph in graphs:
        values = constants if graph is graphs[0] else {}
        reads = reads_of(graph)
        spared = [
            read.zero | np.isfinite(values[read])
            if read in values
            else read.zero
            for read in reads
        ]
        live = live_classes(graph, spared)
        kept = np.append(live, True)[np.append(graph.labels, len(live))]
        taken: dict[Read, np.ndarray] = {}
        gone: set[int] = set()
        for read in reads:
            if read in values:
                constant = np.isfinite(values[read]) & ~read.zero
                wanted = constant & ~kept[read.ids]
                found = np.where(wanted, values[read], 0)
                if found.any():
                    taken[read] = found
                    gone.update(graph.labels[read.ids[found != 0]].tolist())
        absorbed += len(gone)
        known = ids_of(graph)
        for name, ids in graph.producers:
            if not np.isin(ids, known).any():
                # Its operator was given up on after all.
                continue
            count = int(kept[ids].sum())
            if count < len(ids):
                channels[name] = (len(ids), count)
        for _, reason in graph.frozen:
            if reason.reason != "model output":
                frozen.setdefault(reason.layer, reason.reason)
        remove(graph, live, taken)
    return StripReport(
        channels=channels,
        absorbed=absorbed,
        bytes_before=before[0],
        bytes_after=size_of(model),
        macs_before=before[1],
        macs_after=macs_of(model),
        frozen=frozen,
    )


def ids_of(graph: ChannelGraph) -> np.ndarray:
    """All ids that some tensor carries."""
    found = [value.ids.ravel() for value in graph.values.values()]
    return np.unique(np.concatenate([np.zeros(0, np.int64), *found]))


def measured_constants(
    model: FlatbufferModel, graph: ChannelGraph
) -> dict[Read, np.ndarray]:
    """What constant channels hold, for the sums that can absorb them.

    Returns:
        By read, one number for each of its channels: what is
        stored less the zero point; NaN where it is not constant.
    """
    reads = [
        read
        for read in reads_of(graph)
        if read.absorb is not None and (read.constant & ~read.zero).any()
    ]
    found = measure(model, {read.source.tensor for read in reads})
    constants = {}
    for read in reads:
        if read.source.tensor in found:
            runs = found[read.source.tensor].reshape(-1, len(read.ids))
            # A proof that the runtime contradicts is none.
            same = read.constant & agree(runs)
            point = read.source.tensor.zero_point() or 0
            values = runs[0].astype(np.float64) - point
            constants[read] = np.where(same, values, np.nan)
    return constants


def agree(runs: np.ndarray) -> Mask:
    """Which columns hold one number: integers to the bit, floats rounded."""
    if np.issubdtype(runs.dtype, np.integer):
        return np.asarray((runs == runs[:1]).all(axis=0))
    scale = max(float(np.abs(runs).max()), 1.0)
    return np.asarray(np.ptp(runs, axis=0) <= ROUNDING * scale)


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
