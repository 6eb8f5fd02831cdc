"""What stripping removed from a flatbuffer."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tfprune.table import render_table


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
        warnings: What to know, one sentence each.
        before_quantization: What was removed before numbers were quantized;
            None where that was not tried.
    """

    channels: Mapping[str, tuple[int, int]]
    absorbed: int
    bytes_before: int
    bytes_after: int
    macs_before: int
    macs_after: int
    frozen: Mapping[str, str]
    difference: float | None = None
    warnings: tuple[str, ...] = ()
    before_quantization: "StripReport | None" = None

    @property
    def removed(self) -> int:
        """Number of channels that are gone, those before included."""
        earlier = self.before_quantization
        gone = sum(old - new for old, new in self.channels.values())
        return gone + (earlier.removed if earlier else 0)

    @property
    def summary(self) -> str:
        """The gist, one line for each time that was stripped."""
        earlier = self.before_quantization
        gone = self.removed - (earlier.removed if earlier else 0)
        found = (
            f"{gone} dead channels removed ({self.absorbed} constants "
            f"absorbed): {self.bytes_before:,} -> {self.bytes_after:,} bytes, "
            f"{self.macs_before:,} -> {self.macs_after:,} MACs."
        )
        if earlier is None:
            return found
        return f"Before quantization: {earlier.summary}\nAfter it: {found}"

    def as_dict(self) -> dict[str, Any]:
        """The report as plain data."""
        return {**asdict(self), "removed": self.removed}

    def __str__(self) -> str:
        lines = [self.summary]
        lines += [f"Kept by '{k}': {v}" for k, v in self.frozen.items()]
        lines += [f"Warning: {sentence}" for sentence in self.warnings]
        return "\n".join([*self.tables(), *lines])

    def tables(self) -> list[str]:
        """What lost channels, as text; one table for each time."""
        earlier = self.before_quantization
        title = "Channels removed from the flatbuffer"
        table = render_table(
            f"{title}, once quantized" if earlier else title,
            ["tensor", "channels", "left"],
            [[name, *counts] for name, counts in self.channels.items()],
        )
        return [*(earlier.tables() if earlier else ()), table]
