"""Experiments of trained sparsity: one file each, imported here."""

from trained_sparsity import l0_lenet_5, l0_mlp
from trained_sparsity.experiment import EXPERIMENTS, Experiment

__all__ = ["EXPERIMENTS", "Experiment", "l0_lenet_5", "l0_mlp"]
