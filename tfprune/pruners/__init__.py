"""Workflows: short compositions of graph, criteria, allocation and surgery."""

from tfprune.pruners.compare import Comparison, compare
from tfprune.pruners.prune import prune

__all__ = ["Comparison", "compare", "prune"]
