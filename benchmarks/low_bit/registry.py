"""Where experiments with few bits are found by name."""

from experiments import Experiment, Experiments

from tfprune.registry import Registry

EXPERIMENTS: Experiments = Registry[Experiment]("experiment")
