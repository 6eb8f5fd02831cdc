"""What a network was before and after, side by side."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tfprune.table import render_table
from tfprune.tools.variant import Variant


@dataclass(frozen=True)
class Result:
    """What came out of a demo or a compression.

    Attributes:
        title: Line above the table.
        variants: The network before, then each form of it after.
        widths_before: Channels of each layer before.
        widths_after: Channels of each layer after.
        details: Settings, versions and reports to be kept with the numbers.
    """

    title: str
    variants: tuple[Variant, ...]
    widths_before: Mapping[str, int]
    widths_after: Mapping[str, int]
    details: Mapping[str, Any]

    @property
    def macs_removed(self) -> float:
        """Share of the MACs that are gone."""
        return 1 - self.variants[1].macs / self.variants[0].macs

    @property
    def parameters_removed(self) -> float:
        """Share of the parameters that are gone."""
        return 1 - self.variants[1].parameters / self.variants[0].parameters

    def accuracy_change(self, variant: Variant) -> float:
        """Percentage points of test accuracy won since before."""
        return 100 * (variant.accuracy - self.variants[0].accuracy)

    def as_dict(self) -> dict[str, Any]:
        """The result as plain data."""
        return {
            **asdict(self),
            "variants": [
                {
                    **asdict(variant),
                    "accuracy_change": self.accuracy_change(variant),
                }
                for variant in self.variants
            ],
            "macs_removed": self.macs_removed,
            "parameters_removed": self.parameters_removed,
        }

    def __str__(self) -> str:
        """The result as a text table and the gist of it."""
        table = render_table(
            self.title,
            [
                "",
                "parameters",
                "MACs",
                "file bytes",
                "test accuracy",
                "latency ms",
                "relative time",
            ],
            [
                (
                    variant.name,
                    variant.parameters,
                    variant.macs,
                    variant.num_bytes,
                    f"{variant.accuracy:.2%}",
                    f"{variant.latency_ms:.3f}",
                    f"{variant.latency_ratio:.2f}x",
                )
                for variant in self.variants
            ],
        )
        changes = ", ".join(
            f"{self.accuracy_change(variant):+.2f} points ({variant.name})"
            for variant in self.variants[1:]
        )
        return (
            f"{table}\n\n{self.macs_removed:.1%} of the MACs and "
            f"{self.parameters_removed:.1%} of the parameters removed; test "
            f"accuracy {changes}."
        )
