"""What a copy of a model has other than the original."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from tfprune.surgery.lowering import Lowering
from tfprune.surgery.shortcuts import Shortcut


def _nothing() -> Mapping[int, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Changes:
    """What a copy of a model has other than the original.

    Attributes:
        configs: For layers and operations, by `id`, the config entries to
            replace, by dotted name.
        weights: For variables and arrays, by `id`, what the copy holds; the
            others are copied.
        added: For layers, by `id`, weights that only the copy has: arrays by
            the attribute that holds them.
        shapes: For input tensors of nested models, by `id`, their new shapes
            with the batch.
        inputs: For calls of layers, by the `id` of their nodes, the shapes of
            the tensors that the copy is called on.
        outputs: For calls of composite layers, by the `id` of their nodes, the
            shapes that their outputs must have.
        substitutes: For layers, by `id`, other layers in their place.
        arguments: For calls, by the `id` of their nodes, new values of
            arguments by position or name.
        bypassed: Layers, by `id`, that the copy does without: what they were
            called on stands for what they returned.
        shortcuts: For sums, by the `id` of their nodes, what stands for them.
        read: For calls, by the `id` of their nodes, the positions of the last
            axis of their input that they are called on.
        lowerings: For calls of convolutions that are substituted by dense
            layers, by the `id` of their nodes, how those are called.
        inserted: For calls, by the `id` of their nodes, layers that the copy
            calls on tensors among the arguments first, by their number.
        sources: For such layers, by `id`, one that is called on an input of
            the model, and whose result they are given besides.
    """

    configs: Mapping[int, Mapping[str, Any]] = field(default_factory=_nothing)
    weights: Mapping[int, np.ndarray] = field(default_factory=_nothing)
    added: Mapping[int, Mapping[str, np.ndarray]] = field(
        default_factory=_nothing
    )
    shapes: Mapping[int, tuple[int | None, ...]] = field(
        default_factory=_nothing
    )
    inputs: Mapping[int, Sequence[tuple[int | None, ...]]] = field(
        default_factory=_nothing
    )
    outputs: Mapping[int, Sequence[tuple[int | None, ...]]] = field(
        default_factory=_nothing
    )
    substitutes: Mapping[int, Any] = field(default_factory=_nothing)
    arguments: Mapping[int, Mapping[int | str, Any]] = field(
        default_factory=_nothing
    )
    bypassed: frozenset[int] = frozenset()
    shortcuts: Mapping[int, Shortcut] = field(default_factory=_nothing)
    read: Mapping[int, np.ndarray] = field(default_factory=_nothing)
    lowerings: Mapping[int, Lowering] = field(default_factory=_nothing)

    def rewires(self, node: int) -> bool:
        """Whether a call, by the `id` of its node, needs others around it."""
        return node in self.read or node in self.lowerings

    inserted: Mapping[int, Mapping[int, Any]] = field(default_factory=_nothing)
    sources: Mapping[int, Any] = field(default_factory=_nothing)
