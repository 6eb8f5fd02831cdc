"""Experiments with few bits: one file each, imported here."""

from low_bit import (
    binary_connect,
    bnn,
    dorefa,
    qnn,
    quantize_aware,
    quantize_aware_pruned,
    xnor,
)
from low_bit.registry import EXPERIMENTS

__all__ = [
    "EXPERIMENTS",
    "binary_connect",
    "bnn",
    "dorefa",
    "qnn",
    "quantize_aware",
    "quantize_aware_pruned",
    "xnor",
]
