"""Scores of channels, one criterion a file; the lowest scores go first."""

from tfprune.criteria.batch_norm_scale import BatchNormScale
from tfprune.criteria.criterion import CRITERIA, Criterion, kernels, summed_over
from tfprune.criteria.l1_norm import L1Norm
from tfprune.criteria.l2_norm import L2Norm
from tfprune.criteria.random import Random

__all__ = [
    "CRITERIA",
    "BatchNormScale",
    "Criterion",
    "L1Norm",
    "L2Norm",
    "Random",
    "kernels",
    "summed_over",
]
