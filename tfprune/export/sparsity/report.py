"""What storing weights sparse brought."""

import dataclasses
import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from tfprune.table import render_table


@dataclass(frozen=True)
class SparseWeight:
    """One constant, before and after.

    Args:
        name: Name of the constant.
        operator: The operator that reads it.
        form: `"1x4 blocks"`, `"single zeros"`, or `"dense"` where it stays.
        zeros: Share of its elements that are zero.
        bytes_before: Its bytes as they were.
        bytes_after: Its bytes now, positions included.
        note: What it means for speed, or why it stays dense.
    """

    name: str
    operator: str
    form: str
    zeros: float
    bytes_before: int
    bytes_after: int
    note: str


@dataclass(frozen=True)
class SparseReport:
    """A file whose weights are stored sparse where that is smaller.

    Args:
        path: The file.
        bytes_before: Size of the dense file.
        bytes_after: Size of the file on disk.
        max_abs_error: Largest difference of any output to the dense file.
        weights: The weights of convolutions and dense layers, in order.
    """

    path: str
    bytes_before: int
    bytes_after: int
    max_abs_error: float
    weights: tuple[SparseWeight, ...]

    def as_dict(self) -> dict[str, Any]:
        """The report as dicts, lists, numbers and strings."""
        return json.loads(self.to_json())

    def to_json(self) -> str:
        """The report as JSON text."""
        return json.dumps(dataclasses.asdict(self), indent=2)

    def __str__(self) -> str:
        """The report as a text table, and what to expect of the speed."""
        heading = (
            f"{self.path}: {self.bytes_after:,} bytes, dense "
            f"{self.bytes_before:,}; largest difference of an output "
            f"{self.max_abs_error:.3g}"
        )
        rows = [
            (
                weight.name,
                weight.operator,
                weight.form,
                f"{weight.zeros:.0%}",
                weight.bytes_before,
                weight.bytes_after,
            )
            for weight in self.weights
        ]
        titles = ["weight", "operator", "stored as", "zeros", "before", "after"]
        notes = Counter(
            f"{weight.form}, {weight.operator}: {weight.note}"
            for weight in self.weights
        )
        total = len(self.weights)
        return "\n\n".join(
            [
                heading,
                render_table("Weights", titles, rows),
                *(
                    f"{count} of {total} weights, {note}."
                    for note, count in notes.items()
                ),
            ]
        )
