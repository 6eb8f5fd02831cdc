"""Experiments of trained sparsity: one file each, imported here."""

from trained_sparsity import (
    brain_damage,
    controller,
    ista,
    l0_lenet_5,
    l0_mlp,
    slimming,
    ssl_depth,
    ssl_filters,
    ssl_neurons,
    ssl_shapes,
)
from trained_sparsity.registry import EXPERIMENTS

__all__ = [
    "EXPERIMENTS",
    "brain_damage",
    "controller",
    "ista",
    "l0_lenet_5",
    "l0_mlp",
    "slimming",
    "ssl_depth",
    "ssl_filters",
    "ssl_neurons",
    "ssl_shapes",
]
