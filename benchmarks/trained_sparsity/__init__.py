"""Experiments of trained sparsity: one file each, imported here."""

from trained_sparsity.experiment import EXPERIMENTS, Experiment

__all__ = ["EXPERIMENTS", "Experiment"]
