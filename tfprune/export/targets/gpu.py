"""The GPU of a phone."""

from dataclasses import dataclass

from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.targets.report import TargetReport
from tfprune.export.targets.target import (
    TARGETS,
    Judged,
    Target,
    as_far_as_possible,
)


@TARGETS.register("gpu")
@dataclass(frozen=True)
class Gpu(Target):
    """The GPU delegate of LiteRT; what it refuses runs on the processor."""

    name = "gpu"
    low_bit_type = "int8"

    def conclude(
        self, model: FlatbufferModel, judged: Judged, report: TargetReport
    ) -> TargetReport:
        """Something must be left for the GPU."""
        return as_far_as_possible(report)
