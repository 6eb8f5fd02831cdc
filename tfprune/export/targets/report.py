"""What a target does with a model."""

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tfprune.errors import UnsuitableModelError
from tfprune.export.error_line import sentence
from tfprune.export.targets.dead_channels import DeadChannels
from tfprune.export.targets.mapping import EdgeTpuMapping
from tfprune.export.targets.verdict import OperatorVerdict
from tfprune.table import render_table


@dataclass(frozen=True)
class TargetReport:
    """What a target does with a model, operator by operator.

    Args:
        target: Name of the target.
        title: The target in words.
        path: The file; None where a model was checked that is in no file.
        operators: The verdicts, in the order of the file.
        runs: Whether the target takes the model at all.
        dead_channels: Channels that cost, and compute a constant.
        mapping: For the Edge TPU, what is mapped to it; else None.
        warnings: What to look at, one sentence each.

    Example:

    ```python
    report = check("model.tflite", target="edgetpu")
    print(report)
    assert report.fits
    ```
    """

    target: str
    title: str
    path: str | None
    operators: tuple[OperatorVerdict, ...]
    runs: bool
    dead_channels: tuple[DeadChannels, ...] = ()
    mapping: EdgeTpuMapping | None = None
    warnings: tuple[str, ...] = ()

    @property
    def fits(self) -> bool:
        """Whether every operator runs on the target."""
        return self.runs and not self.refused

    @property
    def refused(self) -> tuple[OperatorVerdict, ...]:
        """The operators that do not run on the target."""
        return tuple(x for x in self.operators if not x.accepted)

    @property
    def summary(self) -> str:
        """The verdict in one line."""
        accepted = len(self.operators) - len(self.refused)
        return (
            f"{self.judgement()} on {self.title} "
            f"({accepted} of {len(self.operators)} operators)"
        )

    def accepted(self, title: str) -> "TargetReport":
        """The report itself, if the target takes the model.

        Args:
            title: What to call the model, such as `"model 'toy'"`.

        Raises:
            UnsuitableModelError: When the target refuses it.
        """
        if not self.runs:
            reasons = self.explanations() or ["It has no operators."]
            raise UnsuitableModelError(
                f"{sentence(title)} does not run on {self.title}. {reasons[0]}"
            )
        return self

    @property
    def doubts(self) -> list[str]:
        """What runs elsewhere, in one sentence; nothing where all runs."""
        if self.fits:
            return []
        return [
            f"{len(self.refused)} of {len(self.operators)} operators run on "
            f"the processor, not on {self.title}. {self.explanations()[0]}"
        ]

    def as_dict(self) -> dict[str, Any]:
        """The report as dicts, lists, numbers and strings."""
        return json.loads(self.to_json())

    def to_json(self) -> str:
        """The report as JSON text."""
        content = {
            **dataclasses.asdict(self),
            "fits": self.fits,
        }
        return json.dumps(content, indent=2)

    def __str__(self) -> str:
        """The report as a text table, and what to do."""
        parts = [
            f"{self.path or 'model'}: {self.summary}",
            render_table(
                "Operators",
                ["#", "operator", "version", "types", "output", "status"],
                [
                    (
                        place(x),
                        x.name,
                        x.version,
                        types_of(x),
                        "x".join(map(str, first(x.output_shapes))),
                        x.status,
                    )
                    for x in self.operators
                ],
            ),
        ]
        if self.mapping is not None:
            parts.append(str(self.mapping))
        parts += self.explanations()
        parts += [
            f"Warning: {x.dead} of {x.channels} channels of '{x.name}' are "
            "constant: all their weights are zero. Strip them."
            for x in self.dead_channels
        ]
        parts += [f"Warning: {sentence}" for sentence in self.warnings]
        return "\n\n".join(parts)

    def judgement(self) -> str:
        """The verdict on the whole in a few words."""
        if not self.runs:
            return "does not run"
        return "fits" if self.fits else "runs in part"

    def explanations(self) -> list[str]:
        """Why operators were refused, and the remedy, once for each reason."""
        places: dict[tuple[str, str], list[str]] = {}
        for item in self.refused:
            if item.reason:
                key = (item.reason, item.remedy)
                places.setdefault(key, []).append(place(item))
        return [
            f"Operators {', '.join(found[:8])}"
            f"{' and others' if len(found) > 8 else ''}: {reason} {remedy}"
            for (reason, remedy), found in places.items()
        ]


def place(verdict: OperatorVerdict) -> str:
    """Position of an operator; that of its subgraph too beyond the first."""
    if verdict.subgraph:
        return f"{verdict.subgraph}/{verdict.index}"
    return str(verdict.index)


def types_of(verdict: OperatorVerdict) -> str:
    """Types of input and output; one where they are the same."""
    ends = (first(verdict.input_types), first(verdict.output_types))
    return ends[1] if ends[0] == ends[1] else " -> ".join(map(str, ends))


def first(values: Sequence[Any]) -> Any:
    """The first of some values; nothing where there are none."""
    return values[0] if values else ""
