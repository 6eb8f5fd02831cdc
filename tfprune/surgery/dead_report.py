"""What is dead in a model, and what it must leave."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tfprune.allocation.keep_mask import KeepMask
from tfprune.graph import PruningGraph
from tfprune.surgery.fold import Folding
from tfprune.surgery.shortcuts import Shortcut
from tfprune.surgery.unread import Selection
from tfprune.table import render_table


@dataclass(frozen=True, eq=False)
class DeadChannels:
    """What `strip` removes from a model, and what it must leave.

    Attributes:
        graph: The traced model.
        keep: Which channels stay.
        dead: Number of dead channels by the layer that produces them.
        absorbed: Number of them that emit a constant other than zero, which
            goes into the bias of what follows.
        kept_for_border: Dead channels that stay because padding would make
            the absorption of their constant inexact, by layer.
        weights: The weights with the constants absorbed, by variable `id`.
        configs: Config entries of layers that get a bias, by layer `id`.
        added: The biases that these layers get.
        folding: Layers that only scale channels, gates say: whose factors go
            into weights, and which must stay.
        shortcuts: Sums of which one part is constant, by the `id` of their
            nodes: the branch that computes it goes.
        selections: Dense layers that read some of the model's inputs only,
            by the `id` of the nodes of their calls.
        unlowered: Convolutions that have columns of zeros, but settings that
            `lower_shapes` of `strip` cannot hand to a dense layer: which, by
            layer.
    """

    graph: PruningGraph
    keep: KeepMask
    dead: Mapping[str, int]
    absorbed: int
    kept_for_border: Mapping[str, int]
    weights: Mapping[int, np.ndarray] = field(repr=False)
    configs: Mapping[int, Mapping[str, Any]] = field(repr=False)
    added: Mapping[int, Mapping[str, np.ndarray]] = field(repr=False)
    folding: Folding = field(repr=False)
    shortcuts: Mapping[int, Shortcut] = field(repr=False)
    selections: Mapping[int, Selection] = field(repr=False)
    unlowered: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The numbers as plain data."""
        return {
            "dead": dict(self.dead),
            "absorbed": self.absorbed,
            "kept_for_border": dict(self.kept_for_border),
            "scales_left": dict(self.folding.left),
            "branches_removed_at": [x.name for x in self.shortcuts.values()],
            "inputs_read": {
                x.name: len(x.positions) for x in self.selections.values()
            },
            "not_lowered": dict(self.unlowered),
        }

    def __str__(self) -> str:
        widths = {x.name: x.count for x in self.graph.producers}
        table = render_table(
            f"Dead channels of '{self.graph.model.name}'",
            ["layer", "channels", "dead", "kept for the border"],
            [
                (
                    name,
                    width,
                    self.dead.get(name, 0),
                    self.kept_for_border.get(name, 0),
                )
                for name, width in widths.items()
            ],
        )
        lines = [
            table,
            f"{sum(self.dead.values())} dead channels, "
            f"{self.absorbed} of them with a constant that is absorbed; "
            f"{sum(self.kept_for_border.values())} kept because SAME padding "
            "makes their absorption inexact at the border",
        ]
        lines += [
            f"'{name}' stays as a constant scale: {reason}"
            for name, reason in self.folding.left.items()
        ]
        lines += [
            f"'{x.name}' adds a branch that is constant, which goes"
            for x in self.shortcuts.values()
        ]
        lines += [
            f"'{x.name}' reads {len(x.positions)} of {x.count} inputs"
            for x in self.selections.values()
        ]
        lines += [
            f"'{name}' stays a convolution under lower_shapes: {reason}"
            for name, reason in self.unlowered.items()
        ]
        return "\n".join(lines)
