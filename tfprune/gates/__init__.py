"""Layers that scale channels, and learn to close those that are not needed."""

from tfprune.gates import estimators
from tfprune.gates.decay import Decay, link
from tfprune.gates.gate import GATES, Gate
from tfprune.gates.hard_concrete import HardConcrete
from tfprune.gates.noise import GateNoise

__all__ = [
    "GATES",
    "Decay",
    "Gate",
    "GateNoise",
    "HardConcrete",
    "estimators",
    "link",
]
