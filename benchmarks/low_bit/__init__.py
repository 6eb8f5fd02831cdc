"""Experiments with few bits: one file each, imported here."""

from low_bit import binary_connect, bnn, dorefa, qnn, xnor
from low_bit.registry import EXPERIMENTS

__all__ = ["EXPERIMENTS", "binary_connect", "bnn", "dorefa", "qnn", "xnor"]
