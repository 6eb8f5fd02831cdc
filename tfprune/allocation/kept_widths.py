"""How many channels stay in each group, and why so many."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tfprune.allocation.allocate import Allocated
from tfprune.allocation.candidates import Candidates
from tfprune.allocation.floor import Floor
from tfprune.allocation.keep_mask import KeepMask
from tfprune.allocation.rounding import Rounding
from tfprune.table import render_table


@dataclass(frozen=True)
class KeptWidth:
    """How many channels of one group stay.

    Attributes:
        group: Name of the group.
        channels: Its channels.
        wanted: How many the scores and the budget leave.
        for_minimum: How many more stay for `min_channels`.
        for_rounding: How many more stay for `round_to`.
        for_budget: How many more stay because they fit into the budget, which
            was met in too large a step.
    """

    group: str
    channels: int
    wanted: int
    for_minimum: int
    for_rounding: int
    for_budget: int

    @property
    def kept(self) -> int:
        """How many channels stay in all."""
        return (
            self.wanted + self.for_minimum + self.for_rounding + self.for_budget
        )


@dataclass(frozen=True, eq=False)
class KeptWidths:
    """Which channels stay, and what floors and rounding did to the choice.

    Attributes:
        keep: The choice.
        groups: The groups that could lose channels.
    """

    keep: KeepMask
    groups: tuple[KeptWidth, ...]

    @classmethod
    def of(
        cls, candidates: Candidates, allocated: Allocated, floor: Floor
    ) -> "KeptWidths":
        """Takes the steps to some widths apart.

        Args:
            candidates: The channels that could go.
            allocated: The widths.
            floor: What layers keep.
        """
        graph, groups = candidates.graph, candidates.groups
        wanted = candidates.wanted(allocated.removed)
        unrounded = Floor(min_channels=floor.min_channels)
        floored = Rounding(graph, groups, unrounded).kept(wanted)
        rounded = candidates.rounding.kept(wanted)
        return cls(
            KeepMask.from_labels(graph, candidates.keep(allocated.widths)),
            tuple(
                KeptWidth(group.name, group.width, a, b - a, c - b, d - c)
                for group, a, b, c, d in zip(
                    groups,
                    wanted,
                    floored,
                    rounded,
                    allocated.widths,
                    strict=True,
                )
            ),
        )

    def as_dict(self) -> dict[str, Any]:
        """The numbers as plain data."""
        return {"groups": [{**asdict(x), "kept": x.kept} for x in self.groups]}

    def __str__(self) -> str:
        return render_table(
            "Channels that stay",
            ["group", "channels", "wanted", *EXTRA, "kept"],
            [row(x) for x in self.groups] + [total(self.groups)],
        )


EXTRA = ("for the minimum", "for rounding", "for the budget")


def row(width: KeptWidth) -> tuple[Any, ...]:
    """A group as a row of a table."""
    return (*vars(width).values(), width.kept)


def total(widths: Sequence[KeptWidth]) -> tuple[Any, ...]:
    """The last row of the table."""
    columns = zip(*(row(x)[1:] for x in widths), strict=True)
    return ("total", *map(sum, columns))
