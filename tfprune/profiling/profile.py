"""Parameters, MACs and bytes of a model, layer by layer."""

from dataclasses import asdict, dataclass
from typing import Any

import keras
import numpy as np

from tfprune.graph import PruningGraph, trace
from tfprune.profiling.cost import item_size, macs, total
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
    """

    name: str
    kind: str
    parameters: int
    macs: int | None
    bytes: int


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

    def as_dict(self) -> dict[str, Any]:
        """The numbers as plain data, totals included."""
        return {
            **asdict(self),
            "parameters": self.parameters,
            "macs": self.macs,
            "bytes": self.bytes,
        }

    def __str__(self) -> str:
        whole = self.macs or 1
        rows = [
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
        return render_table(
            f"Profile of '{self.model}'",
            ["layer", "kind", "parameters", "MACs", "bytes", "share of MACs"],
            rows,
        )


def profile(model: keras.Model) -> Profile:
    """Counts parameters, MACs and bytes of a model.

    MACs are those of convolutions and matrix products for one example; an
    input dimension that is not known counts as one.

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
    for step in graph.steps:
        weights = [weight for weight in step.weights if id(weight) not in seen]
        if step.path in layers or not (weights or step.path in multiplied):
            continue
        seen.update(map(id, weights))
        sizes = [int(np.prod(x.shape, dtype=np.int64)) for x in weights]
        layers[step.path] = LayerProfile(
            name=step.path,
            kind=type(step.operation).__name__,
            parameters=sum(sizes),
            macs=multiplied.get(step.path, 0) if step.known else None,
            bytes=sum(
                size * item_size(x)
                for size, x in zip(sizes, weights, strict=True)
            ),
        )
    return Profile(graph.model.name, tuple(layers.values()))
