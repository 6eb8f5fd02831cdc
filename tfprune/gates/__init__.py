"""Layers that scale channels, and learn to close those that are not needed."""

from tfprune.gates.gate import GATES, Gate
from tfprune.gates.hard_concrete import HardConcrete

__all__ = ["GATES", "Gate", "HardConcrete"]
