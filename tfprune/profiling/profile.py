"""Parameters, MACs and bytes of a model, layer by layer."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import keras
import numpy as np

from tfprune.graph import PruningGraph, trace
from tfprune.graph.step import Step
from tfprune.profiling.cost import item_size, macs, total
from tfprune.profiling.entering_bits import EnteringBits
from tfprune.profiling.low_bits import LowBits
from tfprune.table import render_table


@dataclass(frozen=True)
class LayerProfile:
    """The cost of one layer.

    Attributes:
        name: Path of the layer.
        kind: Its class.
        parameters: Number of its weights.
        macs: Multiply-accumulates for one example; None when the layer has
            weights but no handler, so that they are not known.
        bytes: Bytes of its weights in memory.
        packed_bytes: Bytes of its weights at the precision of its quantizers,
            and of the scales that they are multiplied by.
        bytes_at: The same, apart for each precision, by its bits.
        binary_macs: Those of `macs` whose factors are both signs.
        xnor_operations: The other MACs, and the binary ones divided by how
            much faster they could be; see `tfprune.profiling.xnor_speedup`.
        operands: What is multiplied, as `weight bits x input bits`, for each
            quantized kernel.
    """

    name: str
    kind: str
    parameters: int
    macs: int | None
    bytes: int
    packed_bytes: int
    bytes_at: Mapping[int, int]
    binary_macs: int
    xnor_operations: float
    operands: tuple[str, ...]


@dataclass(frozen=True)
class Profile:
    """The cost of a model.

    Attributes:
        model: Name of the model.
        layers: Its layers, those that neither have weights nor multiply
            tensors left out.
    """

    model: str
    layers: tuple[LayerProfile, ...]

    @property
    def parameters(self) -> int:
        """Number of weights, those that are not trained included."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def macs(self) -> int:
        """Multiply-accumulates for one example, of the layers known."""
        return sum(layer.macs or 0 for layer in self.layers)

    @property
    def bytes(self) -> int:
        """Bytes of the weights in memory."""
        return sum(layer.bytes for layer in self.layers)

    @property
    def packed_bytes(self) -> int:
        """Bytes of the weights at their own precision, and of their scales."""
        return sum(layer.packed_bytes for layer in self.layers)

    @property
    def bytes_at(self) -> dict[int, int]:
        """Bytes of the weights of each precision, by its bits."""
        found: Counter[int] = Counter()
        for layer in self.layers:
            found.update(layer.bytes_at)
        return dict(sorted(found.items()))

    @property
    def binary_macs(self) -> int:
        """Multiply-accumulates whose factors are both signs."""
        return sum(layer.binary_macs for layer in self.layers)

    @property
    def binary_share(self) -> float:
        """The part of the MACs whose factors are both signs, 0 to 1."""
        return self.binary_macs / (self.macs or 1)

    @property
    def xnor_speedup(self) -> float:
        """How much faster the model could be, had it binary instructions.

        See `tfprune.profiling.xnor_speedup`; 1 without binary layers.
        """
        operations = sum(layer.xnor_operations for layer in self.layers)
        return self.macs / operations if operations else 1.0

    def as_dict(self) -> dict[str, Any]:
        """The numbers as plain data, totals included."""
        return {
            **asdict(self),
            "parameters": self.parameters,
            "macs": self.macs,
            "bytes": self.bytes,
            "packed_bytes": self.packed_bytes,
            "bytes_at": self.bytes_at,
            "binary_macs": self.binary_macs,
            "binary_share": self.binary_share,
            "xnor_speedup": self.xnor_speedup,
        }

    def __str__(self) -> str:
        whole = self.macs or 1
        columns = ["layer", "kind", "parameters", "MACs", "bytes"]
        rows: list[tuple[Any, ...]] = [
            (
                layer.name,
                layer.kind,
                layer.parameters,
                "unknown" if layer.macs is None else layer.macs,
                layer.bytes,
                f"{(layer.macs or 0) / whole:.1%}",
            )
            for layer in self.layers
        ]
        rows.append(
            ("total", "", self.parameters, self.macs, self.bytes, "100.0%")
        )
        columns.append("share of MACs")
        quantized = any(layer.operands for layer in self.layers)
        if quantized:
            columns += ["bits", "packed bytes"]
            ends = [
                *((", ".join(x.operands), x.packed_bytes) for x in self.layers),
                ("", self.packed_bytes),
            ]
            rows = [(*row, *end) for row, end in zip(rows, ends, strict=True)]
        table = render_table(f"Profile of '{self.model}'", columns, rows)
        return f"{table}\n{self._low_bits()}" if quantized else table

    def _low_bits(self) -> str:
        sizes = ", ".join(
            f"{size} at {bits}" for bits, size in self.bytes_at.items()
        )
        return (
            "Bits: of a weight x of an input. Packed bytes by bits: "
            f"{sizes}.\nBinary MACs: {self.binary_share:.1%}; with binary "
            f"instructions at most {self.xnor_speedup:.1f} times as fast."
        )


def profile(model: keras.Model) -> Profile:
    """Counts parameters, MACs and bytes of a model.

    MACs are those of convolutions and matrix products for one example; an
    input dimension that is not known counts as one. Layers of
    `tfprune.layers` are also counted at the precision of their quantizers, or
    of those in front of them.

    Args:
        model: A built functional or `Sequential` model.

    Returns:
        The numbers, per layer and in all; `print` shows them as a table.

    Raises:
        InvalidInputError: When the model cannot be traced.

    Example:

    ```python
    print(tfprune.profile(model))
    tfprune.profile(model).macs
    ```
    """
    return profile_graph(trace(model))


def profile_graph(graph: PruningGraph) -> Profile:
    """The profile of a model that is traced already."""
    multiplied: dict[str, int] = {}
    everything = np.ones(graph.labels.size + 1, bool)
    for term in macs(graph):
        multiplied[term.layer] = multiplied.get(term.layer, 0) + total(
            (term,), everything
        )
    layers: dict[str, LayerProfile] = {}
    seen: set[int] = set()
    calls: dict[str, list[Step]] = {}
    entering = EnteringBits(graph.steps)
    for step in graph.steps:
        calls.setdefault(step.path, []).append(step)
    for step in graph.steps:
        weights = [weight for weight in step.weights if id(weight) not in seen]
        if step.path in layers or not (weights or step.path in multiplied):
            continue
        seen.update(map(id, weights))
        sizes = [int(np.prod(x.shape, dtype=np.int64)) for x in weights]
        macs_of_layer = multiplied.get(step.path, 0)
        low = LowBits.of(calls[step.path], weights, macs_of_layer, entering)
        layers[step.path] = LayerProfile(
            name=step.path,
            kind=type(step.operation).__name__,
            parameters=sum(sizes),
            macs=macs_of_layer if step.known else None,
            bytes=sum(
                size * item_size(x)
                for size, x in zip(sizes, weights, strict=True)
            ),
            packed_bytes=sum(low.bytes_at.values()),
            bytes_at=low.bytes_at,
            binary_macs=low.binary_macs,
            xnor_operations=low.operations,
            operands=low.operands,
        )
    return Profile(graph.model.name, tuple(layers.values()))
