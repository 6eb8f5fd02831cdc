"""Kernels of few bits as exact integers."""

from tfprune.export.low_bit.integer_inputs import use_integer_inputs
from tfprune.export.low_bit.integer_layers import use_integer_layers
from tfprune.export.low_bit.layers import LowBitLayer, find_low_bit_layers
from tfprune.export.low_bit.pack_kernels import pack_kernels
from tfprune.export.low_bit.quantizable_signs import use_quantizable_signs
from tfprune.export.low_bit.real_thresholds import (
    use_real_thresholds,
    use_rounded_thresholds,
)
from tfprune.export.low_bit.report import (
    LowBitReport,
    PackedKernel,
    report_low_bits,
)
from tfprune.export.low_bit.storage import Storage

__all__ = [
    "LowBitLayer",
    "LowBitReport",
    "PackedKernel",
    "Storage",
    "find_low_bit_layers",
    "pack_kernels",
    "report_low_bits",
    "use_integer_inputs",
    "use_integer_layers",
    "use_quantizable_signs",
    "use_real_thresholds",
    "use_rounded_thresholds",
]
