"""Trainings that are held against figures of papers."""

from experiments.accuracy import error_percent
from experiments.experiment import Experiment, Experiments
from experiments.outcome import Outcome
from experiments.runner import run

__all__ = ["Experiment", "Experiments", "Outcome", "error_percent", "run"]
