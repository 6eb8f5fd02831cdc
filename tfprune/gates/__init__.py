"""Layers that scale channels, and learn to close those that are not needed."""

from tfprune.gates import estimators
from tfprune.gates.bernoulli import Bernoulli
from tfprune.gates.decay import Decay, link
from tfprune.gates.gate import GATES, Gate
from tfprune.gates.gated_model import GatedModel
from tfprune.gates.hard_concrete import HardConcrete
from tfprune.gates.noise import GateNoise

__all__ = [
    "GATES",
    "Bernoulli",
    "Decay",
    "Gate",
    "GateNoise",
    "GatedModel",
    "HardConcrete",
    "estimators",
    "link",
]
