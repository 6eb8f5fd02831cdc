"""Kernels of few bits as exact integers."""

from tfprune.export.low_bit.integer_layers import use_integer_layers
from tfprune.export.low_bit.pack_kernels import pack_kernels
from tfprune.export.low_bit.real_thresholds import use_real_thresholds
from tfprune.export.low_bit.storage import Storage

__all__ = [
    "Storage",
    "pack_kernels",
    "use_integer_layers",
    "use_real_thresholds",
]
