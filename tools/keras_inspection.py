"""The work of `tfprune inspect` on a `.keras` file."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import tfprune
from tfprune.graph import Group
from tfprune.profiling import GroupCosts
from tfprune.saving.keras_file import load_keras_model
from tfprune.tools.inspection_output import InspectionOutput


@dataclass(frozen=True)
class KerasInspection:
    """Prints what the model of a `.keras` file costs, and its groups.

    Attributes:
        path: The file.
        output: Where the result goes.
        whole: Whether to print each group with all its weight slices.
    """

    path: str
    output: InspectionOutput
    whole: bool

    def run(self) -> None:
        """Reads and prints."""
        self.output.check()
        model = load_keras_model(self.path)
        graph = tfprune.trace(model)
        profile = tfprune.profile(model)
        content = {
            "path": self.path,
            "num_bytes": Path(self.path).stat().st_size,
            "profile": profile.as_dict(),
            "groups": [group_as_dict(x) for x in graph.groups()],
            "group_costs": GroupCosts.of(graph).as_dict()["groups"],
            "unknown": [step.path for step in graph.unknown()],
        }
        parts = [profile, graph]
        if self.whole:
            parts += [GroupCosts.of(graph), *graph.groups()]
        self.output.show(
            "\n\n".join(map(str, parts)), json.dumps(content, indent=2)
        )


def group_as_dict(group: Group) -> dict[str, Any]:
    """A group of channels as plain data."""
    return {
        "name": group.name,
        "channels": group.width,
        "prunable": group.prunable,
        "producers": list(group.producers),
        "layers": list(group.layers),
        "frozen": [asdict(reason) for reason in group.frozen],
        "slices": [
            {
                "layer": part.axis.layer,
                "weight": part.axis.weight,
                "axis": part.axis.axis,
                "role": part.axis.role,
                "positions": len(part.positions),
            }
            for part in group.slices
        ],
    }
