"""The part of a model that is mapped to an Edge TPU."""

from dataclasses import dataclass


@dataclass(frozen=True)
class EdgeTpuMapping:
    """The part of a model that the Edge TPU compiler is expected to map.

    Args:
        mapped: Positions of the operators that run on the Edge TPU.
        first_break: Position of the first operator that does not; None where
            all do.
        parameter_bytes: Bytes of the constants of the mapped operators.
        cache_bytes: Bytes of parameters that stay on the chip, about.
    """

    mapped: tuple[int, ...]
    first_break: int | None
    parameter_bytes: int
    cache_bytes: int

    @property
    def streamed_bytes(self) -> int:
        """Bytes of parameters that are sent to the chip on each run."""
        return max(0, self.parameter_bytes - self.cache_bytes)

    def __str__(self) -> str:
        """The mapping in two lines."""
        ends = (
            "all are mapped"
            if self.first_break is None
            else f"the first break is operator {self.first_break}"
        )
        return (
            f"Edge TPU: {len(self.mapped)} operators in one subgraph; {ends}.\n"
            f"Parameters: {self.parameter_bytes:,} bytes; beyond the cache of "
            f"about {self.cache_bytes:,} bytes, {self.streamed_bytes:,} are "
            "streamed."
        )
