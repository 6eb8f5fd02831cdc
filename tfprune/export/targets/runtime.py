"""Runtimes on the processor of the device."""

from dataclasses import dataclass

from tfprune.export.flatbuffer.model import FlatbufferModel
from tfprune.export.targets.report import TargetReport
from tfprune.export.targets.target import (
    TARGETS,
    Judged,
    Target,
    all_or_nothing,
)


@dataclass(frozen=True)
class RuntimeTarget(Target):
    """A runtime that takes a model whole or refuses it."""

    def conclude(
        self, model: FlatbufferModel, judged: Judged, report: TargetReport
    ) -> TargetReport:
        """One operator that is refused refuses the model."""
        return all_or_nothing(report)


@TARGETS.register("tflite-2.14")
@dataclass(frozen=True)
class TfLite214(RuntimeTarget):
    """TensorFlow Lite 2.14 of 2023, the last `tflite-runtime`."""

    name = "tflite-2.14"
    low_bit_type = "int8"


@TARGETS.register("tflite-2.7")
@dataclass(frozen=True)
class TfLite27(RuntimeTarget):
    """TensorFlow Lite 2.7 of 2021, as old as the Edge TPU compiler."""

    name = "tflite-2.7"
    low_bit_type = "int8"
