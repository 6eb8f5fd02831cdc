"""Workflows: short compositions of graph, criteria, allocation and surgery."""

from tfprune.pruners.compare import Comparison, compare
from tfprune.pruners.insert_gates import insert_gates
from tfprune.pruners.penalize_groups import penalize_groups
from tfprune.pruners.penalize_scales import penalize_scales
from tfprune.pruners.prune import prune
from tfprune.pruners.scale_shift import scale_shift

__all__ = [
    "Comparison",
    "compare",
    "insert_gates",
    "penalize_groups",
    "penalize_scales",
    "prune",
    "scale_shift",
]
