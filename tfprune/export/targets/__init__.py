"""Runtimes and devices, and what they make of a model."""

from tfprune.export.targets.check import check
from tfprune.export.targets.edgetpu import EdgeTpu
from tfprune.export.targets.gpu import Gpu
from tfprune.export.targets.litert import LiteRt
from tfprune.export.targets.report import TargetReport
from tfprune.export.targets.runtime import TfLite27, TfLite214
from tfprune.export.targets.target import TARGETS, Target
from tfprune.export.targets.verdict import OperatorVerdict

__all__ = [
    "TARGETS",
    "EdgeTpu",
    "Gpu",
    "LiteRt",
    "OperatorVerdict",
    "Target",
    "TargetReport",
    "TfLite27",
    "TfLite214",
    "check",
]
