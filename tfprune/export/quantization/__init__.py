"""Quantization modes of exported models, by name."""

from tfprune.export.quantization.dynamic import Dynamic
from tfprune.export.quantization.float16 import Float16
from tfprune.export.quantization.float32 import Float32
from tfprune.export.quantization.int8 import Int8
from tfprune.export.quantization.mode import (
    MODES,
    QuantizationMode,
    find_mode,
)

__all__ = [
    "MODES",
    "Dynamic",
    "Float16",
    "Float32",
    "Int8",
    "QuantizationMode",
    "find_mode",
]
