"""Estimates of the slope of an expected loss of gates that are 0 or 1."""

from tfprune.gates.estimators.arm import Arm
from tfprune.gates.estimators.bernoulli import drawn
from tfprune.gates.estimators.concrete import Concrete
from tfprune.gates.estimators.estimator import ESTIMATORS, Estimator
from tfprune.gates.estimators.rebar import Rebar
from tfprune.gates.estimators.reinforce import Reinforce
from tfprune.gates.estimators.relax import Relax

__all__ = [
    "ESTIMATORS",
    "Arm",
    "Concrete",
    "Estimator",
    "Rebar",
    "Reinforce",
    "Relax",
    "drawn",
]
